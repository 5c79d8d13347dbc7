// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A Protocol Buffers message written in the order in which its fields become known. The length of a
 * message inside is put in when it is complete, and its bytes move up if that takes more than one.
 * Confined to one thread.
 */
final class ForwardProto {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;

  private byte[] bytes;
  private int length;

  /**
   * @param expectedBytes about how long it gets
   */
  ForwardProto(int expectedBytes) {
    bytes = new byte[Math.max(16, expectedBytes)];
  }

  void number(int field, long value) {
    varint((long) field << 3 | VARINT);
    varint(value);
  }

  void fixed64(int field, long value) {
    varint((long) field << 3 | FIXED64);
    littleEndian(value, Long.BYTES);
  }

  /** One of the numbers of a packed field. */
  void number(long value) {
    varint(value);
  }

  /** The same of eight bytes. */
  void fixed64(long value) {
    littleEndian(value, Long.BYTES);
  }

  /** How long it is by now. */
  int length() {
    return length;
  }

  void fixed32(int field, int value) {
    varint((long) field << 3 | FIXED32);
    littleEndian(value, Integer.BYTES);
  }

  void text(int field, String value) {
    bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  void bytes(int field, byte[] value) {
    varint((long) field << 3 | LENGTH_DELIMITED);
    varint(value.length);
    reserve(value.length);
    System.arraycopy(value, 0, bytes, length, value.length);
    length += value.length;
  }

  /** Begins a message inside; where, for {@link #end}. */
  int begin(int field) {
    varint((long) field << 3 | LENGTH_DELIMITED);
    reserve(1);
    length++;
    return length;
  }

  /** Ends the message that began there. */
  void end(int begin) {
    int size = length - begin;
    int extra = 0;
    for (int rest = size >>> 7; rest != 0; rest >>>= 7) {
      extra++;
    }
    if (extra > 0) {
      reserve(extra);
      System.arraycopy(bytes, begin, bytes, begin + extra, size);
    }
    length = begin - 1;
    varint(size);
    length += size;
  }

  byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  private void varint(long value) {
    reserve(10);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[length++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
  }

  private void littleEndian(long value, int count) {
    reserve(count);
    for (int i = 0; i < count; i++) {
      bytes[length++] = (byte) (value >>> 8 * i);
    }
  }

  private void reserve(int count) {
    if (bytes.length - length < count) {
      bytes = Arrays.copyOf(bytes, Math.max(length + count, bytes.length + bytes.length / 2));
    }
  }
}
