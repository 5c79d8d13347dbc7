package io.goshawk.collector.export.otlp;

import java.nio.charset.StandardCharsets;

/**
 * Walks over the fields of one Protocol Buffers message: enough for the few small answers of a
 * backend, without generated classes. Confined to one thread.
 */
final class ProtoReader {
  /** The bytes are no message. */
  static final class MalformedException extends Exception {
    MalformedException(String message) {
      super(message);
    }
  }

  // protobuf.dev/programming-guides/encoding, "Message Structure"
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;

  private final byte[] bytes;
  private final int end;
  private int at;
  private int field;
  private int wireType;
  private long number;
  private int start;
  private int length;

  ProtoReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private ProtoReader(byte[] bytes, int from, int length) {
    this.bytes = bytes;
    this.at = from;
    this.end = from + length;
  }

  /** Goes to the next field; false at the end. */
  boolean next() throws MalformedException {
    if (at == end) {
      return false;
    }
    long tag = readVarint();
    field = (int) (tag >>> 3);
    wireType = (int) (tag & 7);
    switch (wireType) {
      case VARINT -> number = readVarint();
      case FIXED64 -> skip(8);
      case FIXED32 -> skip(4);
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

  /** Whether this is the field of that number and it holds a varint. */
  boolean isNumber(int fieldNumber) {
    return field == fieldNumber && wireType == VARINT;
  }

  /** Whether this is the field of that number and it holds bytes. */
  boolean isBytes(int fieldNumber) {
    return field == fieldNumber && wireType == LENGTH_DELIMITED;
  }

  long number() {
    return number;
  }

  String text() {
    return new String(bytes, start, length, StandardCharsets.UTF_8);
  }

  ProtoReader message() {
    return new ProtoReader(bytes, start, length);
  }

  private void skip(int count) throws MalformedException {
    if (count > end - at) {
      throw new MalformedException("it ends within a field at " + at);
    }
    at += count;
  }

  private long readVarint() throws MalformedException {
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
