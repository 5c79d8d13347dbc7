// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.schema;

import io.goshawk.config.tree.Finding;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A key that a section may have.
 *
 * @param name as it is written
 * @param type of its value
 * @param doc one sentence on what it does
 * @param defaultText the value that counts if nobody says another, as it would be written
 * @param required whether it has to be said
 * @param aliases deprecated names that still work
 * @param support what becomes of it
 */
public record Key<T>(
    String name,
    ValueType<T> type,
    String doc,
    Optional<String> defaultText,
    boolean required,
    List<String> aliases,
    Support support) {

  /** What becomes of a key that the Collector knows. */
  public sealed interface Support {
    /** It does what it says. */
    record Honoured() implements Support {}

    /** It is accepted and changes nothing, since it is about how the Collector is built. */
    record Ignored(String why) implements Support {}

    /** It is refused: to go on without it would be something else than was asked for. */
    record Refused(String why) implements Support {}
  }

  public Key {
    aliases = List.copyOf(aliases);
  }

  /**
   * What leads to the last of some keys, each of the section of the one before, for messages.
   *
   * @param above leads to the section of the first
   */
  public static String path(String above, Key<?>... keys) {
    return Stream.of(keys).map(Key::name).reduce(above, Finding::member);
  }

  /** A key that may be left out. */
  public static <T> Key<T> of(String name, ValueType<T> type, String doc) {
    return new Key<>(name, type, doc, Optional.empty(), false, List.of(), new Support.Honoured());
  }

  /** A key of the Collector that changes nothing here. */
  public static Key<Object> ignored(String name, String why) {
    return new Key<>(
        name, Types.any(), "", Optional.empty(), false, List.of(), new Support.Ignored(why));
  }

  /** A key of the Collector that is refused, so that nobody relies on it. */
  public static Key<Object> refused(String name, String why) {
    return new Key<>(
        name, Types.any(), "", Optional.empty(), false, List.of(), new Support.Refused(why));
  }

  /** The same with a default. */
  public Key<T> or(String text) {
    type.parse(text);
    return new Key<>(name, type, doc, Optional.of(text), required, aliases, support);
  }

  /** The same, to be said always. */
  public Key<T> mandatory() {
    return new Key<>(name, type, doc, defaultText, true, aliases, support);
  }

  /** The same with a deprecated name besides. */
  public Key<T> formerly(String alias) {
    return new Key<>(name, type, doc, defaultText, required, List.of(alias), support);
  }

  /** Whether it does something. */
  public boolean honoured() {
    return support instanceof Support.Honoured;
  }

  /** The default as {@link ValueType#shown} has it. */
  public Optional<Object> shownDefault() {
    return defaultText.map(text -> type.shown(type.parse(text)));
  }

  /** What counts if nobody says anything. */
  Optional<T> whenAbsent() {
    return defaultText.map(type::parse).or(type::empty);
  }
}
