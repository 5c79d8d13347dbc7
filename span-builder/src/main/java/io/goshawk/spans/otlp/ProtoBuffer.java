// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A Protocol Buffers message written from its end to its beginning: what is inside a message is
 * there before its length is, so that lengths need neither a first pass nor room left for them.
 *
 * <p>Whoever writes puts last fields first, and of each field the content before its tag. The
 * buffer grows and is used again. Confined to one thread.
 *
 * <p>The format: protobuf.dev/programming-guides/encoding.
 */
public final class ProtoBuffer {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle BIG_ENDIAN_LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int INITIAL_BYTES = 1024;

  /** A buffer that grew larger is not kept for the next message. */
  private static final int MAX_KEPT_BYTES = 64 * 1024;

  private byte[] bytes = new byte[INITIAL_BYTES];

  /** Index of the first byte; the message ends where the array does. */
  private int start = bytes.length;

  /** The tag of a field whose content is a varint. */
  public static int varintTag(int field) {
    return field << 3;
  }

  /** The tag of a field whose content is 8 bytes. */
  public static int fixed64Tag(int field) {
    return field << 3 | 1;
  }

  /** The tag of a string, bytes, or a message. */
  public static int lengthTag(int field) {
    return field << 3 | 2;
  }

  /** The tag of a field whose content is 4 bytes. */
  static int fixed32Tag(int field) {
    return field << 3 | 5;
  }

  public void clear() {
    if (bytes.length > MAX_KEPT_BYTES) {
      bytes = new byte[INITIAL_BYTES];
    }
    start = bytes.length;
  }

  public int length() {
    return bytes.length - start;
  }

  /** A copy of what was written. */
  public byte[] toByteArray() {
    return Arrays.copyOfRange(bytes, start, bytes.length);
  }

  /** Copies what was written. */
  void copyTo(byte[] target, int at) {
    System.arraycopy(bytes, start, target, at, length());
  }

  // Small enough for C1 to put it where it is called, as the others that are split in two.
  private void reserve(int count) {
    if (start < count) {
      grow(count);
    }
  }

  private void grow(int count) {
    int length = length();
    byte[] larger = new byte[Math.max(2 * bytes.length, length + count)];
    System.arraycopy(bytes, start, larger, larger.length - length, length);
    bytes = larger;
    start = larger.length - length;
  }

  /** An unsigned number of 7 bits a byte. Tags are such numbers too. */
  public void varint(long value) {
    if ((value & ~0x7fL) == 0) {
      tag((int) value);
    } else {
      longVarint(value);
    }
  }

  private void longVarint(long value) {
    int count = (63 - Long.numberOfLeadingZeros(value)) / 7 + 1;
    reserve(count);
    start -= count;
    int at = start;
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[at] = (byte) rest;
  }

  /** A tag of one byte: those of fields 1 to 15. */
  public void tag(int tag) {
    reserve(1);
    bytes[--start] = (byte) tag;
  }

  /** A field of 8 bytes. */
  public void fixed64(int tag, long value) {
    reserve(1 + Long.BYTES);
    start -= Long.BYTES;
    LONGS.set(bytes, start, value);
    bytes[--start] = (byte) tag;
  }

  /** One of the 8-byte numbers of a packed field. */
  public void fixed64(long value) {
    reserve(Long.BYTES);
    start -= Long.BYTES;
    LONGS.set(bytes, start, value);
  }

  /** A field of 4 bytes. */
  void fixed32(int tag, int value) {
    reserve(Integer.BYTES);
    start -= Integer.BYTES;
    INTS.set(bytes, start, value);
    varint(tag);
  }

  /** A field of a number's 8 bytes, the highest first: a span id. */
  public void id(int tag, long id) {
    reserve(2 + Long.BYTES);
    start -= Long.BYTES;
    BIG_ENDIAN_LONGS.set(bytes, start, id);
    bytes[--start] = Long.BYTES;
    bytes[--start] = (byte) tag;
  }

  /** A field of 16 bytes, the highest first: a trace id. */
  public void id(int tag, long high, long low) {
    reserve(2 + 2 * Long.BYTES);
    start -= 2 * Long.BYTES;
    BIG_ENDIAN_LONGS.set(bytes, start + Long.BYTES, low);
    BIG_ENDIAN_LONGS.set(bytes, start, high);
    bytes[--start] = 2 * Long.BYTES;
    bytes[--start] = (byte) tag;
  }

  /** Bytes that were encoded before. */
  public void raw(byte[] source) {
    raw(source, source.length);
  }

  /** The first {@code count} of them. */
  void raw(byte[] source, int count) {
    reserve(count);
    start -= count;
    System.arraycopy(source, 0, bytes, start, count);
  }

  /**
   * Length and tag, of one byte, of what was written since the buffer had that {@link #length()}.
   */
  public void endOfField(int tag, int lengthBefore) {
    varint(length() - lengthBefore);
    tag(tag);
  }

  /** A number that may be negative, as a varint of {@code sint32} or {@code sint64}. */
  public void zigzag(long value) {
    varint(value << 1 ^ value >> 63);
  }

  /** A string field; a surrogate that stands alone becomes a question mark. */
  public void string(int tag, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    raw(utf8);
    varint(utf8.length);
    tag(tag);
  }
}
