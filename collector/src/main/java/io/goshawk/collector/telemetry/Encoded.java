// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import java.util.Arrays;

/**
 * A message and the fields that stand beside it, compared by content: a {@code Resource} with the
 * rest of its {@code ResourceSpans}, or a scope with the rest of its {@code ScopeSpans}.
 */
abstract class Encoded {
  /** A tag and a length of a field in a request. */
  private static final int MAX_FIELD_HEAD = 6;

  private final byte[] message;
  private final byte[] beside;
  private final int hash;

  Encoded(byte[] message, byte[] beside) {
    this.message = message;
    this.beside = beside;
    this.hash = 31 * Arrays.hashCode(message) + Arrays.hashCode(beside);
  }

  /** The content of the message; not to be changed. */
  public final byte[] message() {
    return message;
  }

  /** Whole fields: the schema URL, and what is not known here; not to be changed. */
  public final byte[] beside() {
    return beside;
  }

  /** How long it is in a request, about. */
  final int headBytes() {
    return message.length + beside.length + 2 * MAX_FIELD_HEAD;
  }

  @Override
  public final boolean equals(Object other) {
    return this == other
        || other instanceof Encoded that
            && that.getClass() == getClass()
            && that.hash == hash
            && Arrays.equals(that.message, message)
            && Arrays.equals(that.beside, beside);
  }

  @Override
  public final int hashCode() {
    return hash;
  }
}
