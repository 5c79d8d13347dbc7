// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.tree.Origin;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * An option that stands above a variable.
 *
 * @param name of the option
 * @param variable that says the same
 * @param converter reads either
 */
record VariableOption<T>(String name, String variable, ITypeConverter<T> converter) {

  /** What is said, and where. */
  record Said<T>(T value, Origin origin) {}

  /**
   * What counts, if anything does.
   *
   * @param option what it was given
   * @param environment has the variables; empty if they do not count
   * @throws CommandFailure if the variable cannot be used
   */
  Optional<Said<T>> said(@Nullable T option, Map<String, String> environment) {
    if (option != null) {
      return Optional.of(new Said<>(option, new Origin.Flag(name)));
    }
    String text = environment.getOrDefault(variable, "").strip();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Said<>(converter.convert(text), new Origin.Variable(variable)));
    } catch (TypeConversionException e) {
      throw new CommandFailure(ExitStatus.WRONG_USE, variable + ": " + e.getMessage());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
