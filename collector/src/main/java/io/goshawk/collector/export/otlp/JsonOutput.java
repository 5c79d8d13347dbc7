// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * JSON text as UTF-8, handed on in pieces of bounded size. Commas between members and elements are
 * put in by themselves. Confined to one thread.
 */
final class JsonOutput {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /** The most that one byte of a string becomes, and that anything else is long. */
  private static final int LONGEST_WORD = 32;

  private final byte[] bytes = new byte[16 * 1024];
  private int length;
  private boolean comma;
  private OutputStream out = OutputStream.nullOutputStream();

  /** Begins a text that goes there. */
  void begin(OutputStream sink) {
    out = sink;
    length = 0;
    comma = false;
  }

  /** Hands on what is still here. */
  void end() throws IOException {
    handOn();
    out = OutputStream.nullOutputStream();
  }

  void beginObject() throws IOException {
    open('{');
  }

  void endObject() throws IOException {
    close('}');
  }

  void beginArray() throws IOException {
    open('[');
  }

  void endArray() throws IOException {
    close(']');
  }

  /** The name of the member whose value follows; a plain ASCII word. */
  void key(String name) throws IOException {
    separate();
    put('"');
    ascii(name);
    put('"');
    put(':');
    comma = false;
  }

  /** A string from a piece of UTF-8, which must be valid. */
  void string(byte[] utf8, int from, int count) throws IOException {
    separate();
    put('"');
    for (int i = from; i < from + count; i++) {
      reserve(LONGEST_WORD);
      byte c = utf8[i];
      // Bytes of characters beyond ASCII are negative and stay as they are.
      if (c >= ' ' && c != '"' && c != '\\' && c != 0x7f || c < 0) {
        bytes[length++] = c;
      } else {
        escape(c);
      }
    }
    put('"');
    comma = true;
  }

  void string(String value) throws IOException {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    string(utf8, 0, utf8.length);
  }

  /** Bytes in hexadecimal, as OTLP has ids. */
  void hex(byte[] source, int from, int count) throws IOException {
    separate();
    put('"');
    for (int i = from; i < from + count; i++) {
      reserve(LONGEST_WORD);
      bytes[length++] = HEX[source[i] >> 4 & 0xf];
      bytes[length++] = HEX[source[i] & 0xf];
    }
    put('"');
    comma = true;
  }

  /** A 64-bit integer, which JSON for Protocol Buffers writes as a string. */
  void quotedLong(long value) throws IOException {
    separate();
    put('"');
    decimal(value);
    put('"');
    comma = true;
  }

  /** The same without a sign: a reader refuses all of a text for one that is less than 0. */
  void quotedUnsigned(long value) throws IOException {
    if (value >= 0) {
      quotedLong(value);
      return;
    }
    separate();
    put('"');
    ascii(Long.toUnsignedString(value));
    put('"');
    comma = true;
  }

  void number(long value) throws IOException {
    separate();
    decimal(value);
    comma = true;
  }

  /** A double; JSON for Protocol Buffers writes what JSON has no number for as a string. */
  void number(double value) throws IOException {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      string(Double.toString(value));
      return;
    }
    separate();
    ascii(Double.toString(value));
    comma = true;
  }

  void bool(boolean value) throws IOException {
    separate();
    ascii(value ? "true" : "false");
    comma = true;
  }

  /** Ends a line. */
  void newline() throws IOException {
    put('\n');
    comma = false;
  }

  private void open(char bracket) throws IOException {
    separate();
    put(bracket);
    comma = false;
  }

  private void close(char bracket) throws IOException {
    put(bracket);
    comma = true;
  }

  private void separate() throws IOException {
    if (comma) {
      put(',');
    }
  }

  /** There is room. */
  private void escape(byte c) {
    bytes[length++] = '\\';
    switch (c) {
      case '"', '\\' -> bytes[length++] = c;
      case '\n' -> bytes[length++] = 'n';
      case '\r' -> bytes[length++] = 'r';
      case '\t' -> bytes[length++] = 't';
      default -> {
        bytes[length++] = 'u';
        bytes[length++] = '0';
        bytes[length++] = '0';
        bytes[length++] = HEX[c >> 4];
        bytes[length++] = HEX[c & 0xf];
      }
    }
  }

  private void decimal(long value) throws IOException {
    if (value == Long.MIN_VALUE) {
      ascii("-9223372036854775808");
      return;
    }
    reserve(LONGEST_WORD);
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

  /** No longer than the {@link #LONGEST_WORD}. */
  @SuppressWarnings("deprecation") // String.getBytes(int, int, byte[], int): no garbage for ASCII
  private void ascii(String value) throws IOException {
    int count = value.length();
    reserve(LONGEST_WORD);
    value.getBytes(0, count, bytes, length);
    length += count;
  }

  private void put(char c) throws IOException {
    reserve(1);
    bytes[length++] = (byte) c;
  }

  private void reserve(int count) throws IOException {
    if (bytes.length - length < count) {
      handOn();
    }
  }

  private void handOn() throws IOException {
    out.write(bytes, 0, length);
    length = 0;
  }
}
