// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import java.net.URI;

/** How endpoints are written where people read them: in logs and in errors. */
public final class Endpoints {
  private Endpoints() {}

  /**
   * An endpoint without what may be secret in it: user, password, query and fragment. The text need
   * not be a URL; where it is none, more may be left out than had to be.
   */
  public static String shown(String endpoint) {
    int scheme = endpoint.indexOf("://");
    int begin = scheme < 0 ? 0 : scheme + "://".length();
    // The last one: a password that should have been encoded may hold any character.
    int user = endpoint.lastIndexOf('@');
    String place = user < begin ? endpoint.substring(begin) : "***@" + endpoint.substring(user + 1);
    int end = place.length();
    for (char secret : new char[] {'?', '#'}) {
      int at = place.indexOf(secret);
      end = at < 0 ? end : Math.min(end, at);
    }
    String hidden = end < place.length() ? place.charAt(end) + "***" : "";
    return endpoint.substring(0, begin) + place.substring(0, end) + hidden;
  }

  /** As {@link #shown(String)}. */
  public static String shown(URI endpoint) {
    return shown(endpoint.toString());
  }
}
