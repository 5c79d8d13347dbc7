// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * Environment variables read by the rules of the OpenTelemetry specification: an empty value is an
 * unset one, an unusable number or choice is ignored with a warning. Confined to one thread.
 */
public final class Environment {
  /** Of a value that is ignored, enough to know it by: it may be a target's, and have no end. */
  private static final int SHOWN = 100;

  private final Map<String, String> variables;
  private final List<String> warnings = new ArrayList<>();

  /** Over a copy of the variables. */
  public Environment(Map<String, String> variables) {
    this.variables = Map.copyOf(variables);
  }

  /** What was ignored until now and why, in the order it was read. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** The value without surrounding blanks, unless it is unset or empty. */
  Optional<String> text(String name) {
    String value = variables.getOrDefault(name, "").trim();
    return value.isEmpty() ? Optional.empty() : Optional.of(value);
  }

  /** The first of the variables that is set. */
  Optional<Variable> first(String... names) {
    for (String name : names) {
      Optional<String> value = text(name);
      if (value.isPresent()) {
        return Optional.of(new Variable(name, value.get()));
      }
    }
    return Optional.empty();
  }

  /** A variable that is set. */
  record Variable(String name, String value) {}

  /**
   * True only for {@code true} in any case; what is neither true nor false is false, and warned of.
   */
  boolean flag(String... names) {
    Optional<Variable> variable = first(names);
    if (variable.isEmpty()) {
      return false;
    }
    String value = variable.get().value();
    if (!value.equalsIgnoreCase("true") && !value.equalsIgnoreCase("false")) {
      warn(variable.get(), "is neither true nor false, taken as false");
    }
    return value.equalsIgnoreCase("true");
  }

  /** A whole number of at least {@code min}; else warned of and as if unset. */
  OptionalInt number(int min, String... names) {
    Optional<Variable> variable = first(names);
    if (variable.isEmpty()) {
      return OptionalInt.empty();
    }
    try {
      int value = Integer.parseInt(variable.get().value());
      if (value >= min) {
        return OptionalInt.of(value);
      }
    } catch (NumberFormatException e) {
      // Falls through to the warning.
    }
    warn(variable.get(), "is no whole number from " + min + " on, ignored");
    return OptionalInt.empty();
  }

  /** Milliseconds; else warned of and as if unset. */
  Optional<Duration> millis(int min, String... names) {
    OptionalInt value = number(min, names);
    return value.isPresent() ? Optional.of(Duration.ofMillis(value.getAsInt())) : Optional.empty();
  }

  /** One of a few words, in any case; else warned of and as if unset. */
  <T> Optional<T> choice(Map<String, T> words, String... names) {
    Optional<Variable> variable = first(names);
    if (variable.isEmpty()) {
      return Optional.empty();
    }
    T chosen = words.get(variable.get().value().toLowerCase(Locale.ROOT));
    if (chosen == null) {
      warn(
          variable.get(),
          "is none of " + String.join(", ", new TreeSet<>(words.keySet())) + ", ignored");
    }
    return Optional.ofNullable(chosen);
  }

  /** Remembers that a value was ignored. */
  void warn(Variable variable, String problem) {
    String value = variable.value();
    String shown = value.length() > SHOWN ? value.substring(0, SHOWN) + "…" : value;
    warnings.add(variable.name() + ": \"" + shown + "\" " + problem);
  }

  /** Remembers something that has no single value, or one that must not be shown. */
  void warn(String message) {
    warnings.add(message);
  }

  /**
   * {@code key=value} pairs separated by commas, the values percent-decoded.
   *
   * @param failure makes the exception for a malformed list from the problem in words, which holds
   *     no value
   */
  static Map<String, String> pairs(
      String list, Function<String, ? extends RuntimeException> failure) {
    Map<String, String> pairs = new LinkedHashMap<>();
    int position = 0;
    for (String member : list.split(",", -1)) {
      position++;
      if (member.isBlank()) {
        continue;
      }
      int equals = member.indexOf('=');
      String key = equals < 0 ? "" : member.substring(0, equals).trim();
      if (key.isEmpty()) {
        throw failure.apply("entry " + position + " is no key=value pair");
      }
      try {
        pairs.put(key, PercentDecoder.decode(member.substring(equals + 1).trim()));
      } catch (IllegalArgumentException e) {
        throw failure.apply("the value of " + key + " " + e.getMessage());
      }
    }
    return pairs;
  }
}
