// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.console;

import java.util.HashMap;
import java.util.Map;

/** The colours of the waterfall (ECMA-48 SGR), or none. A service keeps its colour. */
final class Palette {
  static final String FAINT = "2";
  static final String RED = "31";
  static final String GREEN = "32";
  static final String YELLOW = "33";

  private static final String[] SERVICES = {"36", "35", "34", "33", "96", "95", "94"};

  /** Beyond that, services share colours; remembering all would grow without end. */
  private static final int MAX_REMEMBERED = 256;

  private final boolean enabled;
  private final Map<String, String> serviceColours = new HashMap<>();

  Palette(boolean enabled) {
    this.enabled = enabled;
  }

  String service(String name) {
    String colour = serviceColours.get(name);
    if (colour == null) {
      colour = SERVICES[serviceColours.size() % SERVICES.length];
      if (serviceColours.size() < MAX_REMEMBERED) {
        serviceColours.put(name, colour);
      }
    }
    return colour;
  }

  String strong(String text) {
    return paint(text, "1");
  }

  String faint(String text) {
    return paint(text, FAINT);
  }

  String failure(String text) {
    return paint(text, "1;31");
  }

  String paint(String text, String colour) {
    if (!enabled || text.isEmpty() || colour.isEmpty()) {
      return text;
    }
    return "\u001b[" + colour + "m" + text + "\u001b[0m";
  }
}
