// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.ottl;

import io.goshawk.config.schema.GoPattern;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A condition, or a part of one. */
public sealed interface Expression {

  /** True if one of them is. */
  record Or(List<Expression> parts) implements Expression {
    public Or {
      parts = List.copyOf(parts);
    }
  }

  /** True if all of them are. */
  record And(List<Expression> parts) implements Expression {
    public And {
      parts = List.copyOf(parts);
    }
  }

  /** True if it is not. */
  record Not(Expression part) implements Expression {}

  /** How two values are compared. */
  enum Operator {
    EQUAL("=="),
    NOT_EQUAL("!="),
    LESS("<"),
    LESS_OR_EQUAL("<="),
    GREATER(">"),
    GREATER_OR_EQUAL(">=");

    private final String sign;

    Operator(String sign) {
      this.sign = sign;
    }

    String sign() {
      return sign;
    }
  }

  /** Two values, compared. */
  record Comparison(Operator operator, Expression left, Expression right) implements Expression {}

  /**
   * A value that is written out.
   *
   * @param value a text, a {@code Long}, a {@code Double}, a {@code Boolean}, or null for {@code
   *     nil}
   */
  record Literal(@Nullable Object value) implements Expression {}

  /**
   * Something of the span.
   *
   * @param key the name in brackets; empty if there is none
   */
  record Path(Field field, String key) implements Expression {}

  /** Something computed. */
  record Call(Function function, List<Expression> arguments) implements Expression {
    public Call {
      arguments = List.copyOf(arguments);
    }
  }

  /** A regular expression, the second argument of {@link Function#IS_MATCH}. */
  record Pattern(GoPattern pattern) implements Expression {}
}
