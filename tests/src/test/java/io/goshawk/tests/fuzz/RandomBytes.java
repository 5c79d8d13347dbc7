// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.random.RandomGenerator;

/** What both protocols' requests are made of, and how the bytes of a connection are spoilt. */
class RandomBytes {

  private static final List<String> METHODS =
      List.of("GET", "GET", "GET", "POST", "POST", "HEAD", "PUT", "OPTIONS", "DELETE", "BREW");
  private static final List<String> NAMES =
      List.of(
          "user-agent",
          "x-forwarded-for",
          "x-forwarded-proto",
          "x-forwarded-host",
          "forwarded",
          "traceparent",
          "tracestate",
          "accept",
          "cookie");
  private static final List<String> VALUES =
      List.of(
          "",
          "192.0.2.1, 192.0.2.2",
          "for=\"[2001:db8::1]:80\";proto=https;host=shop.example",
          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
          "00-00000000000000000000000000000000-0000000000000000-01",
          "ot=th:8;rv:0123456789abcd,a=b",
          "https");
  private static final int MOST_HEADERS = 60;
  private static final int LONGEST = 5_000;

  final RandomGenerator random;
  private final IntSupplier ids;

  /**
   * A maker.
   *
   * @param ids the next id of a request
   */
  RandomBytes(RandomGenerator random, IntSupplier ids) {
    this.random = random;
    this.ids = ids;
  }

  /** One time in so many. */
  boolean once(int in) {
    return random.nextInt(in) == 0;
  }

  <T> T any(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  String method() {
    if (once(40)) {
      return "M".repeat(1 + random.nextInt(300));
    }
    return once(60) ? "CONNECT" : any(METHODS);
  }

  /** A target with an id of its own, mostly. */
  String target() {
    if (once(30)) {
      return any(List.of("*", "/", "//", "/%zz", "?", "shop.example:443", ""));
    }
    String path = "/f/" + ids.getAsInt() + "/" + text(once(10) ? 3_000 : 12, false);
    if (once(3)) {
      path += "?q=" + text(20, false) + (once(2) ? "&token=" + text(8, false) : "");
    }
    return once(20) ? "http://shop.example" + path : path;
  }

  int headers() {
    return once(3) ? random.nextInt(MOST_HEADERS) : random.nextInt(4);
  }

  String headerName() {
    return once(3) ? "x-" + text(once(20) ? 300 : 8, false) : any(NAMES);
  }

  String headerValue() {
    if (once(2)) {
      return any(VALUES);
    }
    return text(once(15) ? LONGEST : 40, true);
  }

  /** Letters, or any bytes that may be in a header. */
  String text(int most, boolean anything) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      text.append(
          (char) (anything && once(4) ? 128 + random.nextInt(128) : 'a' + random.nextInt(26)));
    }
    return text.toString();
  }

  byte[] body() {
    byte[] body = new byte[random.nextInt(once(8) ? 20_000 : 100)];
    random.nextBytes(body);
    return body;
  }

  /** Cuts the bytes short at times, and changes some of them. */
  byte[] spoilt(byte[] bytes) {
    byte[] spoilt = once(5) ? Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)) : bytes;
    for (int i = once(6) ? random.nextInt(8) : 0; i > 0 && spoilt.length > 0; i--) {
      spoilt[random.nextInt(spoilt.length)] = (byte) random.nextInt(256);
    }
    return spoilt;
  }

  static void append(ByteArrayOutputStream out, String text) {
    out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
