package io.goshawk.spans.resource;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads the value of {@code OTEL_RESOURCE_ATTRIBUTES}: {@code key=value,key=value},
 * percent-encoded. As the resource SDK specification has it, one error discards the whole value.
 */
final class ResourceAttributesVariable {
  private ResourceAttributesVariable() {}

  /** Says which part of the value is no attribute. */
  static final class Malformed extends Exception {
    Malformed(String message) {
      super(message);
    }
  }

  static Map<String, String> parse(String value) throws Malformed {
    Map<String, String> attributes = new LinkedHashMap<>();
    for (String member : value.split(",")) {
      if (member.isBlank()) {
        continue;
      }
      int equals = member.indexOf('=');
      if (equals < 0) {
        throw new Malformed("\"" + member.trim() + "\" is no key=value");
      }
      String key = decode(member.substring(0, equals).trim());
      if (key.isEmpty()) {
        throw new Malformed("\"" + member.trim() + "\" has no key");
      }
      attributes.put(key, decode(member.substring(equals + 1).trim()));
    }
    return attributes;
  }

  private static String decode(String text) throws Malformed {
    if (text.indexOf('%') < 0) {
      return text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    ByteBuffer decoded = ByteBuffer.allocate(bytes.length);
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != '%') {
        decoded.put(bytes[i]);
        continue;
      }
      int high = i + 2 < bytes.length ? Character.digit(bytes[i + 1], 16) : -1;
      int low = high >= 0 ? Character.digit(bytes[i + 2], 16) : -1;
      if (low < 0) {
        throw new Malformed("\"" + text + "\" has a % that two hexadecimal digits do not follow");
      }
      decoded.put((byte) (16 * high + low));
      i += 2;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(decoded.flip()).toString();
    } catch (CharacterCodingException e) {
      throw new Malformed("\"" + text + "\" does not decode to UTF-8");
    }
  }
}
