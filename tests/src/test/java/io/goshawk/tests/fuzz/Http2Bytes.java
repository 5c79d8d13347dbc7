// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.fuzz;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;

/** What a client may send over a connection of HTTP/2: RFC 9113, and what it forbids. */
final class Http2Bytes extends RandomBytes {

  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  // Section 6.
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int PRIORITY = 2;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int PING = 6;
  private static final int GOAWAY = 7;
  private static final int WINDOW_UPDATE = 8;
  private static final int CONTINUATION = 9;
  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;
  private static final int PADDED = 8;

  /** By type of frame, how long its payload is; others may have any length. */
  private static final Map<Integer, Integer> LENGTHS =
      Map.of(PRIORITY, 5, RST_STREAM, 4, SETTINGS, 6, PING, 8, GOAWAY, 8, WINDOW_UPDATE, 4);

  private static final int MOST_STREAMS = 12;

  Http2Bytes(RandomGenerator random, IntSupplier ids) {
    super(random, ids);
  }

  /** All that is sent over one connection. */
  byte[] connection() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    append(out, PREFACE);
    frame(out, SETTINGS, 0, 0, new byte[0]);
    int streams = 1 + random.nextInt(MOST_STREAMS);
    for (int i = 0; i < streams; i++) {
      int stream = once(30) ? random.nextInt(40) : 2 * i + 1;
      request(out, stream);
      while (once(3)) {
        other(out, once(2) ? 0 : stream);
      }
    }
    return spoilt(out.toByteArray());
  }

  private void request(ByteArrayOutputStream out, int stream) {
    byte[] block = fields();
    boolean hasBody = once(2);
    int end = hasBody ? 0 : END_STREAM;
    if (once(5)) {
      int cut = random.nextInt(block.length);
      frame(out, HEADERS, end, stream, Arrays.copyOf(block, cut));
      frame(out, CONTINUATION, END_HEADERS, stream, Arrays.copyOfRange(block, cut, block.length));
    } else {
      frame(out, HEADERS, end | END_HEADERS, stream, block);
    }
    if (hasBody) {
      byte[] body = body();
      byte[] part = Arrays.copyOf(body, Math.min(body.length, 16_000));
      frame(out, DATA, once(8) ? 0 : END_STREAM, stream, part);
    }
  }

  /** A frame of another type, or of none that there is. */
  private void other(ByteArrayOutputStream out, int stream) {
    int type = random.nextInt(12);
    byte[] payload = new byte[once(8) ? random.nextInt(50) : LENGTHS.getOrDefault(type, 9)];
    if (once(3)) {
      random.nextBytes(payload);
    }
    frame(out, type, once(4) ? random.nextInt(256) : 0, stream, payload);
  }

  private void frame(ByteArrayOutputStream out, int type, int flags, int stream, byte[] payload) {
    boolean padded = type <= HEADERS && once(6);
    int padding = padded ? random.nextInt(30) : 0;
    int length = payload.length + (padded ? 1 + padding : 0);
    out.write(length >>> 16);
    out.write(length >>> 8);
    out.write(length);
    out.write(type);
    out.write(padded ? flags | PADDED : flags);
    for (int shift = 24; shift >= 0; shift -= 8) {
      out.write(stream >>> shift);
    }
    if (padded) {
      out.write(padding);
    }
    out.writeBytes(payload);
    out.writeBytes(new byte[padding]);
  }

  /** A block of literal fields: RFC 7541, section 6.2.2. */
  private byte[] fields() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    field(out, ":method", method());
    field(out, ":path", target());
    if (!once(40)) {
      field(out, ":scheme", once(10) ? "https" : "http");
    }
    if (!once(20)) {
      field(out, ":authority", "shop.example");
    }
    for (int i = headers(); i > 0; i--) {
      field(out, headerName(), headerValue());
    }
    if (once(20)) {
      field(
          out,
          any(List.of("content-length", "connection", "Upper", "te", ":late")),
          text(4, false));
    }
    return out.toByteArray();
  }

  private static void field(ByteArrayOutputStream out, String name, String value) {
    out.write(0);
    string(out, name);
    string(out, value);
  }

  /** With a length of a prefix of seven bits: section 5.1. */
  private static void string(ByteArrayOutputStream out, String text) {
    int length = text.length();
    if (length < 127) {
      out.write(length);
    } else {
      out.write(127);
      for (length -= 127; length >= 128; length >>>= 7) {
        out.write(length & 127 | 128);
      }
      out.write(length);
    }
    append(out, text);
  }
}
