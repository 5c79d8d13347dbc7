// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which component it is: {@code type} or {@code type/name}.
 *
 * @param name empty for the one without
 */
public record ComponentId(String type, String name) {
  private static final Pattern ID =
      Pattern.compile(
          "\\s*([a-zA-Z][0-9a-zA-Z_]{0,62})\\s*(?:/\\s*([^/\\s\\p{Cntrl}][^\\p{Cntrl}]{0,1023}))?");

  /** Reads one; empty if the text is none. */
  public static Optional<ComponentId> parse(String text) {
    Matcher matcher = ID.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String name = matcher.group(2);
    return Optional.of(new ComponentId(matcher.group(1), name == null ? "" : name.strip()));
  }

  /** The same component's id with its type's other name. */
  ComponentId withType(String other) {
    return new ComponentId(other, name);
  }

  @Override
  public String toString() {
    return name.isEmpty() ? type : type + "/" + name;
  }
}
