// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.data;

import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.TraceStateBuilder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The header {@code tracestate} (W3C Trace Context, section 3.3). */
public final class TraceStates {
  private static final int MAX_MEMBERS = 32;
  private static final int MAX_KEY = 256;
  private static final int MAX_VALUE = 256;

  private TraceStates() {}

  /**
   * The list in a header value. A value with one invalid member, a key twice or more than 32
   * members is invalid as a whole and yields the empty list, as section 3.3.1.2 and the vendors'
   * advice in section 4.3 have it.
   */
  public static TraceState parse(String header) {
    List<String> keys = new ArrayList<>();
    List<String> values = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    int from = 0;
    while (from <= header.length()) {
      int comma = header.indexOf(',', from);
      int to = comma < 0 ? header.length() : comma;
      String member = trimOptionalSpace(header, from, to);
      from = to + 1;
      if (member.isEmpty()) {
        continue;
      }
      int equals = member.indexOf('=');
      if (equals < 0
          || !isKey(member, equals)
          || !isValue(member, equals + 1)
          || keys.size() == MAX_MEMBERS
          || !seen.add(member.substring(0, equals))) {
        return TraceState.getDefault();
      }
      keys.add(member.substring(0, equals));
      values.add(member.substring(equals + 1));
    }
    TraceStateBuilder builder = TraceState.builder();
    // The builder puts each entry in front of the earlier ones.
    for (int i = keys.size() - 1; i >= 0; i--) {
      builder.put(keys.get(i), values.get(i));
    }
    TraceState state = builder.build();
    return state.size() == keys.size() ? state : TraceState.getDefault();
  }

  /** The header of a list: {@code key=value} members in order, joined by commas. */
  public static String header(TraceState state) {
    StringBuilder header = new StringBuilder();
    state.forEach(
        (key, value) -> {
          if (header.length() > 0) {
            header.append(',');
          }
          header.append(key).append('=').append(value);
        });
    return header.toString();
  }

  private static String trimOptionalSpace(String header, int from, int to) {
    int start = from;
    int end = to;
    while (start < end && isOptionalSpace(header.charAt(start))) {
      start++;
    }
    while (end > start && isOptionalSpace(header.charAt(end - 1))) {
      end--;
    }
    return header.substring(start, end);
  }

  private static boolean isOptionalSpace(char c) {
    return c == ' ' || c == '\t';
  }

  private static boolean isKey(String member, int end) {
    if (end == 0 || end > MAX_KEY || !isLowerOrDigit(member.charAt(0))) {
      return false;
    }
    // Only the name of a tenant may begin with a digit.
    int tenantEnd = member.lastIndexOf('@', end - 1);
    if (tenantEnd < 0 && member.charAt(0) <= '9') {
      return false;
    }
    for (int i = 1; i < end; i++) {
      char c = member.charAt(i);
      if (!isLowerOrDigit(c) && "_-*/@".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLowerOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  }

  private static boolean isValue(String member, int from) {
    if (from == member.length() || member.length() - from > MAX_VALUE) {
      return false;
    }
    for (int i = from; i < member.length(); i++) {
      char c = member.charAt(i);
      if (c < 0x20 || c > 0x7e || c == '=') {
        return false;
      }
    }
    return true;
  }
}
