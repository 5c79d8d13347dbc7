package io.goshawk.spans.data;

import io.opentelemetry.api.common.AttributeKey;

/**
 * Attributes by index, in the order they were put, for an encoder that writes them from the last to
 * the first: the API's {@code Attributes} can only be walked forwards. Immutable.
 */
public interface AttributePairs {

  /** How many there are. */
  int size();

  /**
   * The key of one of them.
   *
   * @throws IndexOutOfBoundsException unless {@code 0 <= index < size()}
   */
  AttributeKey<?> key(int index);

  /** The value under {@link #key}, of that key's type. */
  Object value(int index);
}
