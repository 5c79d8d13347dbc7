// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import io.opentelemetry.api.common.ValueType;
import java.util.ArrayList;
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

  /** A text as it is, anything else as it would be written. */
  static String text(Value<?> value) {
    return value.getType() == ValueType.STRING ? (String) value.getValue() : value.asString();
  }
}
