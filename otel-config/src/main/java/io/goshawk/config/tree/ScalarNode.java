// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.tree;

import java.util.List;

/**
 * A single value.
 *
 * @param kind what it is by YAML's core schema
 * @param text as it was written, without quotes and with variables put in
 * @param variables names of the environment variables that are in it
 */
public record ScalarNode(Origin origin, Kind kind, String text, List<String> variables)
    implements Node {

  /** The tags of YAML's core schema. */
  public enum Kind {
    /** No value: the key is there and says nothing. */
    NULL,
    /** True or false. */
    BOOL,
    /** A whole number. */
    INT,
    /** A number with a fraction or an exponent, an infinity or no number. */
    FLOAT,
    /** Text. */
    TEXT
  }

  public ScalarNode {
    variables = List.copyOf(variables);
  }

  /** What was written without quotes: its kind is what it looks like. */
  public static ScalarNode plain(Origin origin, String text) {
    return new ScalarNode(origin, CoreSchema.kind(text), text, List.of());
  }

  /** Text, whatever it looks like. */
  public static ScalarNode text(Origin origin, String text) {
    return new ScalarNode(origin, Kind.TEXT, text, List.of());
  }

  /** Whether it says nothing. */
  public boolean isNull() {
    return kind == Kind.NULL;
  }
}
