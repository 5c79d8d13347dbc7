package io.goshawk.collector.export.otlp;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * JSON text as UTF-8 in a byte array that grows and is used again. Commas between members and
 * elements are put in by themselves. Confined to one thread.
 */
final class JsonBuffer {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] REPLACEMENT = "\ufffd".getBytes(StandardCharsets.UTF_8);

  private byte[] bytes = new byte[8 * 1024];
  private int length;
  private boolean comma;

  void clear() {
    length = 0;
    comma = false;
  }

  int length() {
    return length;
  }

  void writeTo(OutputStream out) throws IOException {
    out.write(bytes, 0, length);
  }

  ByteBuffer asByteBuffer() {
    return ByteBuffer.wrap(bytes, 0, length);
  }

  void beginObject() {
    open('{');
  }

  void endObject() {
    close('}');
  }

  void beginArray() {
    open('[');
  }

  void endArray() {
    close(']');
  }

  /** The name of the member whose value follows; a plain ASCII word. */
  void key(String name) {
    separate();
    put('"');
    ascii(name);
    put('"');
    put(':');
    comma = false;
  }

  void string(String value) {
    separate();
    put('"');
    escaped(value);
    put('"');
    comma = true;
  }

  /** A 64-bit integer, which JSON for Protocol Buffers writes as a string. */
  void quotedLong(long value) {
    separate();
    put('"');
    decimal(value);
    put('"');
    comma = true;
  }

  void number(long value) {
    separate();
    decimal(value);
    comma = true;
  }

  /** A double; JSON for Protocol Buffers writes what JSON has no number for as a string. */
  void number(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      string(Double.toString(value));
      return;
    }
    separate();
    ascii(Double.toString(value));
    comma = true;
  }

  void bool(boolean value) {
    separate();
    ascii(value ? "true" : "false");
    comma = true;
  }

  /** Ends a line. */
  void newline() {
    put('\n');
    comma = false;
  }

  private void open(char bracket) {
    separate();
    put(bracket);
    comma = false;
  }

  private void close(char bracket) {
    put(bracket);
    comma = true;
  }

  private void separate() {
    if (comma) {
      put(',');
    }
  }

  private void escaped(String value) {
    int count = value.length();
    // Three bytes hold any char outside a surrogate pair, six an escape: room for the worst case.
    reserve(6 * count);
    int at = length;
    for (int i = 0; i < count; i++) {
      char c = value.charAt(i);
      if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
        bytes[at++] = (byte) c;
      } else if (c < 0x80) {
        at = escape(c, at);
      } else if (c < 0x800) {
        bytes[at++] = (byte) (0xc0 | c >> 6);
        bytes[at++] = (byte) (0x80 | c & 0x3f);
      } else if (!Character.isSurrogate(c)) {
        bytes[at++] = (byte) (0xe0 | c >> 12);
        bytes[at++] = (byte) (0x80 | c >> 6 & 0x3f);
        bytes[at++] = (byte) (0x80 | c & 0x3f);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < count
          && Character.isLowSurrogate(value.charAt(i + 1))) {
        int point = Character.toCodePoint(c, value.charAt(++i));
        bytes[at++] = (byte) (0xf0 | point >> 18);
        bytes[at++] = (byte) (0x80 | point >> 12 & 0x3f);
        bytes[at++] = (byte) (0x80 | point >> 6 & 0x3f);
        bytes[at++] = (byte) (0x80 | point & 0x3f);
      } else {
        // Half a pair has no UTF-8.
        for (byte b : REPLACEMENT) {
          bytes[at++] = b;
        }
      }
    }
    length = at;
  }

  private int escape(char c, int start) {
    int at = start;
    bytes[at++] = '\\';
    switch (c) {
      case '"', '\\' -> bytes[at++] = (byte) c;
      case '\n' -> bytes[at++] = 'n';
      case '\r' -> bytes[at++] = 'r';
      case '\t' -> bytes[at++] = 't';
      default -> {
        bytes[at++] = 'u';
        bytes[at++] = '0';
        bytes[at++] = '0';
        bytes[at++] = HEX[c >> 4];
        bytes[at++] = HEX[c & 0xf];
      }
    }
    return at;
  }

  private void decimal(long value) {
    if (value == Long.MIN_VALUE) {
      ascii("-9223372036854775808");
      return;
    }
    reserve(20);
    long left = value;
    if (left < 0) {
      bytes[length++] = '-';
      left = -left;
    }
    int digits = 1;
    for (long power = 10; digits < 19 && left >= power; power *= 10) {
      digits++;
    }
    int at = length + digits;
    length = at;
    do {
      bytes[--at] = (byte) ('0' + left % 10);
      left /= 10;
    } while (left != 0);
  }

  @SuppressWarnings("deprecation") // String.getBytes(int, int, byte[], int): no garbage for ASCII
  private void ascii(String value) {
    int count = value.length();
    reserve(count);
    value.getBytes(0, count, bytes, length);
    length += count;
  }

  private void put(char c) {
    reserve(1);
    bytes[length++] = (byte) c;
  }

  private void reserve(int count) {
    if (bytes.length - length < count) {
      int wanted = Math.addExact(length, count);
      int doubled =
          bytes.length <= Integer.MAX_VALUE / 2 ? bytes.length * 2 : Integer.MAX_VALUE - 8;
      bytes = Arrays.copyOf(bytes, Math.max(wanted, doubled));
    }
  }
}
