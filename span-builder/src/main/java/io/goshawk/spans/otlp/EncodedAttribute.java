// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

/**
 * An attribute that was encoded once, to be copied into every span that has it. Immutable; {@link
 * FieldEncoder} makes it.
 */
public final class EncodedAttribute {
  /** A field {@code Span.attributes}. */
  final byte[] field;

  EncodedAttribute(byte[] field) {
    this.field = field;
  }
}
