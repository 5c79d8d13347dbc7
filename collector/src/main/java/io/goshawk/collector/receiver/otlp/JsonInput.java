// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.ToLongFunction;

/**
 * Walks over a JSON text (RFC 8259) in UTF-8 without making objects of it: who knows what belongs
 * where asks for it, and passes over the rest. Confined to one thread.
 */
final class JsonInput {
  /** Deeper texts are refused: reading recurses. A value of OTLP may be 32 deep, in three each. */
  private static final int MOST_DEPTH = 128;

  /** Of a whole number that is not written as one. */
  private static final int MOST_DIGITS = 64;

  private final byte[] bytes;
  private int at;
  private int depth;

  JsonInput(byte[] utf8) {
    bytes = utf8;
  }

  /** Reads the value of a member, or {@link #skip}s it. */
  @FunctionalInterface
  interface Members {
    void member(String name) throws MalformedException;
  }

  /** Reads an element. */
  @FunctionalInterface
  interface Elements {
    void element() throws MalformedException;
  }

  /** An object, member by member; a member that is null is passed over. */
  void object(Members members) throws MalformedException {
    enter('{');
    if (!accept('}')) {
      do {
        String name = text();
        expect(':');
        if (!acceptNull()) {
          members.member(name);
        }
      } while (accept(','));
      expect('}');
    }
    depth--;
  }

  /** An array, element by element; one that is null is passed over. */
  void array(Elements elements) throws MalformedException {
    enter('[');
    if (!accept(']')) {
      do {
        if (!acceptNull()) {
          elements.element();
        }
      } while (accept(','));
      expect(']');
    }
    depth--;
  }

  /** Whatever comes. */
  void skip() throws MalformedException {
    switch (peek()) {
      case '{' -> object(name -> skip());
      case '[' -> array(this::skip);
      case '"' -> text();
      case 't', 'f' -> bool();
      default -> {
        if (!acceptNull()) {
          number();
        }
      }
    }
  }

  /** That is all. */
  void end() throws MalformedException {
    blanks();
    if (at < bytes.length) {
      throw wrong("the end");
    }
  }

  boolean bool() throws MalformedException {
    if (acceptWord("true")) {
      return true;
    }
    if (acceptWord("false")) {
      return false;
    }
    throw wrong("true or false");
  }

  /** A whole number of 64 bits, as a number or as text. */
  long whole() throws MalformedException {
    return whole(Long::parseLong);
  }

  /** One that has no sign. */
  long unsigned() throws MalformedException {
    return whole(Long::parseUnsignedLong);
  }

  private long whole(ToLongFunction<String> parser) throws MalformedException {
    String digits = peek() == '"' ? text() : number();
    try {
      return parser.applyAsLong(digits);
    } catch (NumberFormatException e) {
      // With a fraction that is none, or an exponent, perhaps.
    }
    try {
      // A million digits take a minute to become a number, and the scale of a hostile one would be
      // as many digits.
      if (digits.length() <= MOST_DIGITS) {
        BigDecimal number = new BigDecimal(digits);
        if (Math.abs((long) number.scale()) <= MOST_DIGITS) {
          return parser.applyAsLong(number.toBigIntegerExact().toString());
        }
      }
    } catch (NumberFormatException | ArithmeticException e) {
      // Said below.
    }
    throw wrong("a whole number");
  }

  /** A number, as a number or as text; protobuf.dev/programming-guides/json has the words. */
  double real() throws MalformedException {
    String text = peek() == '"' ? text() : number();
    try {
      return switch (text) {
        case "NaN" -> Double.NaN;
        case "Infinity" -> Double.POSITIVE_INFINITY;
        case "-Infinity" -> Double.NEGATIVE_INFINITY;
        default -> Double.parseDouble(text);
      };
    } catch (NumberFormatException e) {
      throw wrong("a number");
    }
  }

  /** Whether a text comes. */
  boolean isText() throws MalformedException {
    return peek() == '"';
  }

  private String number() throws MalformedException {
    blanks();
    int from = at;
    while (at < bytes.length && "+-.eE0123456789".indexOf(bytes[at]) >= 0) {
      at++;
    }
    if (at == from) {
      throw wrong("a value");
    }
    return new String(bytes, from, at - from, StandardCharsets.US_ASCII);
  }

  /** A text. */
  String text() throws MalformedException {
    expect('"');
    int from = at;
    while (at < bytes.length && bytes[at] != '"' && bytes[at] != '\\') {
      if (bytes[at] >= 0 && bytes[at] < ' ') {
        throw wrong("a text without control characters");
      }
      at++;
    }
    if (at < bytes.length && bytes[at] == '"') {
      return utf8(from, at++);
    }
    StringBuilder text = new StringBuilder(utf8(from, at));
    while (true) {
      int piece = at;
      while (at < bytes.length && bytes[at] != '"' && bytes[at] != '\\') {
        if (bytes[at] >= 0 && bytes[at] < ' ') {
          throw wrong("a text without control characters");
        }
        at++;
      }
      text.append(utf8(piece, at));
      if (at == bytes.length) {
        throw wrong("the end of a text");
      }
      if (bytes[at++] == '"') {
        return text.toString();
      }
      text.append(escape());
    }
  }

  private char escape() throws MalformedException {
    if (at == bytes.length) {
      throw wrong("an escape");
    }
    byte escaped = bytes[at++];
    return switch (escaped) {
      case '"', '\\', '/' -> (char) escaped;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int code = 0;
        for (int i = 0; i < 4; i++) {
          int digit = at < bytes.length ? Character.digit(bytes[at], 16) : -1;
          if (digit < 0) {
            throw wrong("four hexadecimal digits");
          }
          at++;
          code = code << 4 | digit;
        }
        yield (char) code;
      }
      default -> throw wrong("an escape");
    };
  }

  private String utf8(int from, int to) throws MalformedException {
    String text = new String(bytes, from, to - from, StandardCharsets.UTF_8);
    if (text.indexOf('\uFFFD') >= 0) {
      // Either it stands there, or there is what is no UTF-8.
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, from, to - from));
      } catch (CharacterCodingException e) {
        throw wrong("UTF-8");
      }
    }
    return text;
  }

  private void enter(char bracket) throws MalformedException {
    expect(bracket);
    if (++depth > MOST_DEPTH) {
      throw new MalformedException("it is nested deeper than " + MOST_DEPTH);
    }
  }

  private void blanks() {
    while (at < bytes.length
        && (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\r' || bytes[at] == '\t')) {
      at++;
    }
  }

  private char peek() throws MalformedException {
    blanks();
    if (at == bytes.length) {
      throw wrong("a value");
    }
    return (char) (bytes[at] & 0xff);
  }

  private boolean accept(char c) {
    blanks();
    if (at < bytes.length && bytes[at] == c) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(char c) throws MalformedException {
    if (!accept(c)) {
      throw wrong("'" + c + "'");
    }
  }

  private boolean acceptNull() {
    return acceptWord("null");
  }

  private boolean acceptWord(String word) {
    blanks();
    int end = at + word.length();
    byte[] expected = word.getBytes(StandardCharsets.US_ASCII);
    if (end <= bytes.length && Arrays.equals(bytes, at, end, expected, 0, expected.length)) {
      at = end;
      return true;
    }
    return false;
  }

  /** What is here is not what belongs here. */
  MalformedException wrong(String expected) {
    return new MalformedException("the JSON has no " + expected + " at byte " + at);
  }
}
