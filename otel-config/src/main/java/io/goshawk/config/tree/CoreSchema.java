// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.tree;

import io.goshawk.config.tree.ScalarNode.Kind;
import java.util.regex.Pattern;

/**
 * What a plain scalar is: YAML 1.2.2, section 10.3.2, and a whole number with underscores between
 * its digits, which the Collector's YAML reads as 1.1 did. Here, and not taken from the YAML
 * library, so that values of variables are read alike without loading it.
 */
final class CoreSchema {
  private static final Pattern INT =
      Pattern.compile("[-+]?[0-9]++(?:_[0-9]++)*+|0o[0-7]++|0x[0-9a-fA-F]++");
  private static final Pattern FLOAT =
      Pattern.compile(
          "[-+]?(?:\\.[0-9]++|[0-9]++(?:\\.[0-9]*+)?+)(?:[eE][-+]?[0-9]++)?+"
              + "|[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN)");

  private CoreSchema() {}

  static Kind kind(String text) {
    switch (text) {
      case "", "~", "null", "Null", "NULL" -> {
        return Kind.NULL;
      }
      case "true", "True", "TRUE", "false", "False", "FALSE" -> {
        return Kind.BOOL;
      }
      default -> {
        // Most scalars are words: only these can begin a number.
        if ("+-.0123456789".indexOf(text.charAt(0)) < 0) {
          return Kind.TEXT;
        }
        if (INT.matcher(text).matches()) {
          return Kind.INT;
        }
        return FLOAT.matcher(text).matches() ? Kind.FLOAT : Kind.TEXT;
      }
    }
  }
}
