// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import static java.util.stream.Collectors.joining;

import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Values of attributes, from configurations and as text. */
final class ValueText {
  private ValueText() {}

  /** A value as a configuration has it: of the type that it was written as. */
  static Value<?> of(Object value) {
    if (value instanceof Boolean flag) {
      return Value.of(flag);
    }
    if (value instanceof Long number) {
      return Value.of(number);
    }
    if (value instanceof Double number) {
      return Value.of(number);
    }
    if (value instanceof List<?> list) {
      List<Value<?>> values = new ArrayList<>();
      list.forEach(element -> values.add(of(element)));
      return Value.of(values);
    }
    if (value instanceof Map<?, ?> map) {
      return Value.of(
          map.entrySet().stream()
              .map(entry -> KeyValue.of(entry.getKey().toString(), of(entry.getValue())))
              .toArray(KeyValue[]::new));
    }
    return Value.of(value.toString());
  }

  /** A text as it is, anything else as the Collector would write it. */
  static String text(Value<?> value) {
    return switch (value.getType()) {
      case STRING -> (String) value.getValue();
      case DOUBLE, ARRAY, KEY_VALUE_LIST -> json(value);
      default -> value.asString();
    };
  }

  /** With the keys of a map in their order. */
  private static String json(Value<?> value) {
    return switch (value.getType()) {
      case STRING, BYTES -> quoted(value.asString());
      case EMPTY -> "null";
      case DOUBLE -> number((Double) value.getValue());
      case ARRAY ->
          ((List<?>) value.getValue())
              .stream().map(element -> json((Value<?>) element)).collect(joining(",", "[", "]"));
      case KEY_VALUE_LIST ->
          ((List<?>) value.getValue())
              .stream()
                  .map(KeyValue.class::cast)
                  .sorted(Comparator.comparing(KeyValue::getKey))
                  .map(pair -> quoted(pair.getKey()) + ":" + json(pair.getValue()))
                  .collect(joining(",", "{", "}"));
      default -> value.asString();
    };
  }

  private static String quoted(String text) {
    String list = Value.of(List.of(Value.of(text))).asString();
    return list.substring(1, list.length() - 1);
  }

  /** Without an exponent between a millionth and 10<sup>21</sup>, as Go's JSON has it. */
  private static String number(double value) {
    double size = Math.abs(value);
    if (size == 0 || Double.isNaN(value) || Double.isInfinite(value)) {
      return size == 0 ? "0" : Double.toString(value);
    }
    BigDecimal exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    if (size >= 1e-6 && size < 1e21) {
      return exact.toPlainString();
    }
    int exponent = exact.precision() - exact.scale() - 1;
    String digits = exact.scaleByPowerOfTen(-exponent).toPlainString();
    return digits + (exponent < 0 ? "e" : "e+") + exponent;
  }
}
