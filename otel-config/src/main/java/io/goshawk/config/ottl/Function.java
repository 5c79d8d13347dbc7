// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.ottl;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What a condition can compute. */
public enum Function {
  /** Whether a text fits a regular expression. */
  IS_MATCH("IsMatch", 2),
  /** Whether a text begins with another. */
  HAS_PREFIX("HasPrefix", 2),
  /** Whether a text ends with another. */
  HAS_SUFFIX("HasSuffix", 2),
  /** Whether the span has no parent. */
  IS_ROOT_SPAN("IsRootSpan", 0),
  /** Whether a value is text. */
  IS_STRING("IsString", 1),
  /** Whether a value is a whole number. */
  IS_INT("IsInt", 1),
  /** Whether a value is a number with a fraction. */
  IS_DOUBLE("IsDouble", 1),
  /** Whether a value is true or false. */
  IS_BOOL("IsBool", 1),
  /** How long a text or a list is. */
  LEN("Len", 1),
  /** A value as a whole number; nothing if it is none. */
  INT("Int", 1),
  /** A text in lower case. */
  TO_LOWER_CASE("ToLowerCase", 1),
  /** A text in upper case. */
  TO_UPPER_CASE("ToUpperCase", 1);

  private final String word;
  private final int arguments;

  Function(String word, int arguments) {
    this.word = word;
    this.arguments = arguments;
  }

  /** As it is written. */
  public String word() {
    return word;
  }

  /** How many arguments it takes. */
  public int arguments() {
    return arguments;
  }

  static Optional<Function> of(String word) {
    return Arrays.stream(values()).filter(f -> f.word.equals(word)).findFirst();
  }

  static List<String> words() {
    return Arrays.stream(values()).map(Function::word).toList();
  }
}
