// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.schema;

import io.goshawk.config.tree.Findings;
import io.goshawk.config.tree.InvalidConfigException;
import io.goshawk.config.tree.Node;
import io.goshawk.config.tree.Origin;
import io.goshawk.config.tree.ScalarNode;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a key's value may be: how it is read, and how documentation, printed configurations and the
 * JSON schema have it. {@link Types} has all there are.
 *
 * @param <T> what it is to who uses it
 */
public abstract class ValueType<T> {
  private final String label;

  ValueType(String label) {
    this.label = label;
  }

  /** What it is in a word or two, for people. */
  public final String label() {
    return label;
  }

  /**
   * The value, or null if it is none; then the reading has been told.
   *
   * @param node not empty, unless {@link #acceptsNull}
   */
  abstract @Nullable T read(Node node, Reading at);

  /** The value as maps, lists, numbers, booleans and texts. Secrets are not shown. */
  public abstract Object shown(T value);

  /** As a JSON schema. */
  public abstract Map<String, Object> jsonSchema();

  /** The value of who says nothing, if that is something. */
  Optional<T> empty() {
    return Optional.empty();
  }

  /** Whether a key without a value says something, as {@code grpc:} does. */
  boolean acceptsNull() {
    return false;
  }

  /** The keys inside it, if it has a section or several of them. */
  public Optional<Section> section() {
    return Optional.empty();
  }

  /** A default, as it would be written. */
  T parse(String text) {
    Findings findings = new Findings();
    T value = read(ScalarNode.plain(Origin.DEFAULT, text), Reading.of(findings));
    if (value == null) {
      throw new InvalidConfigException(findings.errors());
    }
    return value;
  }
}
