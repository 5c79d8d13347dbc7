// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.log;

import java.util.Locale;

/** So many of something, for people. */
public final class Counted {

  private Counted() {}

  /** {@code 1 span}, {@code 3,400 spans}. */
  public static String of(long count, String noun) {
    return String.format(Locale.ROOT, "%,d %s%s", count, noun, count == 1 ? "" : "s");
  }
}
