// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import io.goshawk.collector.telemetry.SpanView;
import io.goshawk.config.ottl.Expression;
import io.goshawk.config.ottl.Expression.Operator;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.common.ValueType;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Answers a condition for a span, by OTTL's rules (contrib, pkg/ottl/LANGUAGE.md). */
final class Condition {
  private static final List<String> KINDS =
      List.of("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer");

  private final Expression expression;

  Condition(Expression expression) {
    this.expression = expression;
  }

  /** There is no answer. The message says why. */
  static final class NoAnswerException extends Exception {
    NoAnswerException(String message) {
      super(message);
    }
  }

  /** Whether it holds. */
  boolean holds(SpanView span) throws NoAnswerException {
    return truth(expression, span);
  }

  private static boolean truth(Expression expression, SpanView span) throws NoAnswerException {
    if (expression instanceof Expression.Or or) {
      for (Expression part : or.parts()) {
        if (truth(part, span)) {
          return true;
        }
      }
      return false;
    }
    if (expression instanceof Expression.And and) {
      for (Expression part : and.parts()) {
        if (!truth(part, span)) {
          return false;
        }
      }
      return true;
    }
    if (expression instanceof Expression.Not not) {
      return !truth(not.part(), span);
    }
    if (expression instanceof Expression.Comparison comparison) {
      return compare(
          comparison.operator(), value(comparison.left(), span), value(comparison.right(), span));
    }
    if (value(expression, span) instanceof Boolean answer) {
      return answer;
    }
    throw new NoAnswerException("a value that is neither true nor false stands as a condition");
  }

  // ---- values: a text, a Long, a Double, a Boolean, a Value of another type, or null

  private static @Nullable Object value(Expression expression, SpanView span)
      throws NoAnswerException {
    if (expression instanceof Expression.Literal literal) {
      return literal.value();
    }
    if (expression instanceof Expression.Path path) {
      return field(path, span);
    }
    if (expression instanceof Expression.Call call) {
      return call(call, span);
    }
    return truth(expression, span);
  }

  private static @Nullable Object field(Expression.Path path, SpanView span) {
    return switch (path.field()) {
      case NAME -> span.name();
      case KIND -> (long) span.kind();
      case KIND_STRING ->
          span.kind() >= 0 && span.kind() < KINDS.size() ? KINDS.get(span.kind()) : KINDS.get(0);
      case STATUS_CODE -> (long) span.statusCode();
      case STATUS_MESSAGE -> span.statusMessage();
      case TRACE_ID -> "%016x%016x".formatted(span.traceHigh(), span.traceLow());
      case SPAN_ID -> "%016x".formatted(span.spanId());
      case PARENT_SPAN_ID -> "%016x".formatted(span.parentSpanId());
      case TRACE_STATE -> span.traceState();
      case START_TIME -> span.startEpochNanos();
      case END_TIME -> span.endEpochNanos();
      case ATTRIBUTE -> content(span.attribute(path.key()));
      case RESOURCE_ATTRIBUTE -> content(span.resource().attribute(path.key()));
      case SCOPE_NAME -> span.scope().name();
      case SCOPE_VERSION -> span.scope().version();
    };
  }

  private static @Nullable Object content(@Nullable Value<?> value) {
    if (value == null || value.getType() == ValueType.EMPTY) {
      return null;
    }
    return switch (value.getType()) {
      case STRING, BOOLEAN, LONG, DOUBLE -> value.getValue();
      default -> value;
    };
  }

  private static @Nullable Object call(Expression.Call call, SpanView span)
      throws NoAnswerException {
    List<Expression> arguments = call.arguments();
    Object first = arguments.isEmpty() ? null : value(arguments.get(0), span);
    return switch (call.function()) {
      case IS_MATCH -> first != null && fits(arguments.get(1), first);
      case HAS_PREFIX -> text(call, first).startsWith(text(call, value(arguments.get(1), span)));
      case HAS_SUFFIX -> text(call, first).endsWith(text(call, value(arguments.get(1), span)));
      case IS_ROOT_SPAN -> span.parentSpanId() == 0;
      case IS_STRING -> first instanceof String;
      case IS_INT -> first instanceof Long;
      case IS_DOUBLE -> first instanceof Double;
      case IS_BOOL -> first instanceof Boolean;
      case LEN -> {
        if (first instanceof Value<?> value && value.getValue() instanceof List<?> list) {
          yield (long) list.size();
        }
        yield (long) text(call, first).getBytes(StandardCharsets.UTF_8).length;
      }
      case INT -> whole(call, first);
      case TO_LOWER_CASE -> text(call, first).toLowerCase(Locale.ROOT);
      case TO_UPPER_CASE -> text(call, first).toUpperCase(Locale.ROOT);
    };
  }

  /**
   * Java's engine recurses over a repeated group; who sends a long text shall cost only its span.
   */
  private static boolean fits(Expression pattern, Object value) throws NoAnswerException {
    String text = ValueText.text(value instanceof Value<?> any ? any : ValueText.of(value));
    try {
      return ((Expression.Pattern) pattern).pattern().fits(text);
    } catch (StackOverflowError e) {
      throw new NoAnswerException(
          "text of " + text.length() + " characters is too long for IsMatch");
    }
  }

  private static String text(Expression.Call call, @Nullable Object value)
      throws NoAnswerException {
    if (value instanceof String text) {
      return text;
    }
    throw new NoAnswerException(
        call.function().word()
            + " needs text and got "
            + (value == null ? "nil" : "another value"));
  }

  private static @Nullable Long whole(Expression.Call call, @Nullable Object value)
      throws NoAnswerException {
    if (value instanceof Long number) {
      return number;
    }
    if (value instanceof Double number) {
      return number.longValue();
    }
    if (value instanceof Boolean flag) {
      return flag ? 1L : 0L;
    }
    if (value == null) {
      return null;
    }
    try {
      return Long.parseLong(text(call, value));
    } catch (NumberFormatException e) {
      throw new NoAnswerException(call.function().word() + " needs a number and got other text");
    }
  }

  /** What cannot be compared is unequal, and neither less nor greater. */
  private static boolean compare(Operator operator, @Nullable Object left, @Nullable Object right) {
    if (left == null || right == null) {
      boolean same = left == right;
      return switch (operator) {
        case EQUAL, LESS_OR_EQUAL, GREATER_OR_EQUAL -> same;
        case NOT_EQUAL -> !same;
        case LESS, GREATER -> false;
      };
    }
    Integer order = order(left, right);
    if (order == null) {
      boolean same = left.equals(right);
      return operator == Operator.EQUAL && same || operator == Operator.NOT_EQUAL && !same;
    }
    return switch (operator) {
      case EQUAL -> order == 0;
      case NOT_EQUAL -> order != 0;
      case LESS -> order < 0;
      case LESS_OR_EQUAL -> order <= 0;
      case GREATER -> order > 0;
      case GREATER_OR_EQUAL -> order >= 0;
    };
  }

  private static @Nullable Integer order(Object left, Object right) {
    if (left instanceof String a && right instanceof String b) {
      return a.compareTo(b);
    }
    if (left instanceof Boolean a && right instanceof Boolean b) {
      return a.compareTo(b);
    }
    if (left instanceof Long a && right instanceof Long b) {
      return a.compareTo(b);
    }
    if (left instanceof Number a && right instanceof Number b) {
      double x = a.doubleValue();
      double y = b.doubleValue();
      return Double.isNaN(x) || Double.isNaN(y) ? null : (Integer) Double.compare(x, y);
    }
    return null;
  }
}
