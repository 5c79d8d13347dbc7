// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads one of a few words, in any case. */
abstract class Words<T extends Enum<T>> implements ITypeConverter<T> {
  private final List<T> values;

  Words(T[] values) {
    this.values = List.of(values);
  }

  /** As configurations have it. */
  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public T convert(String text) {
    return values.stream()
        .filter(value -> word(value).equals(text.toLowerCase(Locale.ROOT)))
        .findAny()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    "'" + text + "' is none of " + String.join(", ", words())));
  }

  private List<String> words() {
    return values.stream().map(Words::word).toList();
  }
}
