// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

import io.goshawk.abi.LittleEndian;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Walks over the fields of one Protocol Buffers message: enough for the few small answers of a
 * backend and for spans of our own, without generated classes. Confined to one thread.
 */
public final class ProtoReader {
  /** The bytes are no message. */
  public static final class MalformedException extends Exception {
    public MalformedException(String message) {
      super(message);
    }
  }

  // protobuf.dev/programming-guides/encoding, "Message Structure"
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;

  private byte[] bytes;
  private int end;
  private int at;
  private int field;
  private int wireType;
  private long number;
  private int start;
  private int length;

  public ProtoReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  /** Over a part of an array. */
  public ProtoReader(byte[] bytes, int from, int length) {
    this.bytes = bytes;
    this.at = from;
    this.end = from + length;
  }

  /** Goes before the first field of another message. */
  public void reset(byte[] array, int from, int count) {
    bytes = array;
    at = from;
    end = from + count;
  }

  /**
   * Goes before the first field of the message that the field we are at is; a reader of its own, as
   * {@link #message} gives it, would be garbage for each of a span's attributes.
   *
   * @return what {@link #leave} wants
   */
  public int enter() {
    int outer = end;
    at = start;
    end = start + length;
    return outer;
  }

  /** Goes behind the message that was entered, wherever in it we are. */
  public void leave(int outer) {
    at = end;
    end = outer;
  }

  /** Goes to the next field; false at the end. */
  public boolean next() throws MalformedException {
    if (at == end) {
      return false;
    }
    long tag = readVarint();
    field = (int) (tag >>> 3);
    wireType = (int) (tag & 7);
    switch (wireType) {
      case VARINT -> number = readVarint();
      case FIXED64 -> number = LittleEndian.i64(bytes, skip(Long.BYTES));
      case FIXED32 -> number = LittleEndian.u32(bytes, skip(Integer.BYTES));
      case LENGTH_DELIMITED -> {
        long size = readVarint();
        if (size < 0 || size > end - at) {
          throw new MalformedException("a field of " + size + " bytes at " + at);
        }
        start = at;
        length = (int) size;
        at += length;
      }
      default -> throw new MalformedException("wire type " + wireType + " at " + at);
    }
    if (field == 0) {
      throw new MalformedException("field number 0 at " + at);
    }
    return true;
  }

  /** Goes to the next number of a packed field of varints; false at the end. */
  public boolean nextVarint() throws MalformedException {
    if (at == end) {
      return false;
    }
    number = readVarint();
    return true;
  }

  /** Whether this is the field of that number and it holds a varint. */
  public boolean isNumber(int fieldNumber) {
    return field == fieldNumber && wireType == VARINT;
  }

  /** Whether this is the field of that number and it holds bytes. */
  public boolean isBytes(int fieldNumber) {
    return field == fieldNumber && wireType == LENGTH_DELIMITED;
  }

  /** The number of the field we are at. */
  public int field() {
    return field;
  }

  /** Where behind the field we are at the next one begins. */
  public int position() {
    return at;
  }

  /** Eight bytes from that index of the field on, the first the highest: an id or half of one. */
  public long id(int from) throws MalformedException {
    if (wireType != LENGTH_DELIMITED || length < from + Long.BYTES) {
      throw new MalformedException("no id in field " + field + " at " + at);
    }
    return Long.reverseBytes(LittleEndian.i64(bytes, start + from));
  }

  /** Where the bytes of the field we are at begin in {@link #array()}. */
  public int start() {
    return start;
  }

  /** How many bytes the field we are at holds. */
  public int length() {
    return length;
  }

  /** What is read, and all around it; not to be changed. */
  public byte[] array() {
    return bytes;
  }

  /** A varint's, or that of a field of fixed size. */
  public long number() {
    return number;
  }

  /** The field's bytes as text. */
  public String text() {
    return new String(bytes, start, length, StandardCharsets.UTF_8);
  }

  /** A copy of the field's bytes. */
  public byte[] bytes() {
    return Arrays.copyOfRange(bytes, start, start + length);
  }

  /** A reader of the message that the field is. */
  public ProtoReader message() {
    return new ProtoReader(bytes, start, length);
  }

  /** Goes on; where it was. */
  private int skip(int count) throws MalformedException {
    if (count > end - at) {
      throw new MalformedException("it ends within a field at " + at);
    }
    at += count;
    return at - count;
  }

  // Small enough for C1 to put it where it is called: most are of one byte.
  private long readVarint() throws MalformedException {
    return at < end && bytes[at] >= 0 ? bytes[at++] : readLongVarint();
  }

  private long readLongVarint() throws MalformedException {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at == end) {
        throw new MalformedException("it ends within a number at " + at);
      }
      byte b = bytes[at++];
      value |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return value;
      }
    }
    throw new MalformedException("a number of more than ten bytes at " + at);
  }
}
