// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.fuzz;

import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;

/** What a client may send over a connection of HTTP/1: RFC 9112, and what it forbids. */
final class Http1Bytes extends RandomBytes {

  private static final int MOST_PIPELINED = 6;

  Http1Bytes(RandomGenerator random, IntSupplier ids) {
    super(random, ids);
  }

  /** All that is sent over one connection. */
  byte[] connection() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 1 + random.nextInt(MOST_PIPELINED); i > 0; i--) {
      request(out);
    }
    return spoilt(out.toByteArray());
  }

  private void request(ByteArrayOutputStream out) {
    String version =
        once(12) ? any(List.of("HTTP/1.0", "HTTP/2.0", "HTTP/1.9", "http/1.1", "")) : "HTTP/1.1";
    append(out, method() + " " + target() + " " + version + "\r\n");
    if (!once(25)) {
      header(out, "Host", once(10) ? text(300, false) : "shop.example:" + random.nextInt(70_000));
    }
    for (int i = headers(); i > 0; i--) {
      header(out, headerName(), headerValue());
    }
    if (once(12)) {
      header(
          out,
          "Connection",
          any(List.of("close", "keep-alive", "upgrade", "Upgrade, HTTP2-Settings")));
    }
    if (once(15)) {
      header(out, "Upgrade", any(List.of("h2c", "websocket", text(5, false))));
    }
    if (once(15)) {
      header(out, "Expect", once(4) ? "wonders" : "100-continue");
    }
    if (once(2)) {
      append(out, "\r\n");
    } else if (once(2)) {
      chunked(out, body());
    } else {
      measured(out, body());
    }
  }

  private static void header(ByteArrayOutputStream out, String name, String value) {
    append(out, name + ": " + value + "\r\n");
  }

  private void measured(ByteArrayOutputStream out, byte[] body) {
    int off = once(6) ? random.nextInt(20) - 10 : 0;
    header(out, "Content-Length", String.valueOf(body.length + off));
    if (once(30)) {
      header(out, "Content-Length", String.valueOf(random.nextInt(9)));
    }
    append(out, "\r\n");
    out.writeBytes(body);
  }

  private void chunked(ByteArrayOutputStream out, byte[] body) {
    header(out, "Transfer-Encoding", once(20) ? "gzip, chunked" : "chunked");
    append(out, "\r\n");
    for (int at = 0; at < body.length; ) {
      int length = Math.min(body.length - at, 1 + random.nextInt(5_000));
      String size = once(40) ? text(4, false) : Integer.toHexString(length);
      append(out, size + (once(10) ? ";x=" + text(5, false) : "") + "\r\n");
      out.write(body, at, length);
      append(out, once(60) ? "" : "\r\n");
      at += length;
    }
    append(out, "0\r\n" + (once(5) ? "Sum: " + text(5, false) + "\r\n" : "") + "\r\n");
  }
}
