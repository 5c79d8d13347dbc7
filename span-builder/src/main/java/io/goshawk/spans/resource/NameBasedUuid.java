// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.resource;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/** UUIDs of version 5, which {@link UUID} does not make (RFC 9562, section 5.5). */
final class NameBasedUuid {

  /** What the conventions give for {@code service.instance.id}. */
  static final UUID SERVICE_INSTANCE_NAMESPACE =
      UUID.fromString("4d63009a-8d0f-11ee-aad7-4c796ed8e320");

  private NameBasedUuid() {}

  static UUID of(UUID namespace, String name) {
    MessageDigest sha1 = sha1();
    sha1.update(
        ByteBuffer.allocate(16)
            .putLong(namespace.getMostSignificantBits())
            .putLong(namespace.getLeastSignificantBits())
            .flip());
    byte[] hash = sha1.digest(name.getBytes(StandardCharsets.UTF_8));
    ByteBuffer bytes = ByteBuffer.wrap(hash);
    long high = (bytes.getLong() & 0xffff_ffff_ffff_0fffL) | 0x5000L;
    long low = (bytes.getLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }

  private static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-1", e);
    }
  }
}
