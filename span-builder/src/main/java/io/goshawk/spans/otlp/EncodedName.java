// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

/**
 * A span's name that was encoded once, to be copied into every span that has it. Immutable; {@link
 * FieldEncoder} makes it.
 */
public final class EncodedName {
  /** A field {@code Span.name}; empty for the empty name. */
  final byte[] field;

  EncodedName(byte[] field) {
    this.field = field;
  }
}
