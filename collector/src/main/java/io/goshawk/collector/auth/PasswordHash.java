// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.auth;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.commons.codec.digest.Crypt;
import org.apache.commons.codec.digest.Md5Crypt;

/**
 * What is known of a password: one of the forms that htpasswd of Apache and crypt(3) have for it.
 */
sealed interface PasswordHash {

  /** Whether it is this one. */
  boolean fits(String password);

  /** Whether to look at it takes long enough to be in others' way. */
  default boolean isSlow() {
    return false;
  }

  /** The password itself. */
  record Plain(String password) implements PasswordHash {
    @Override
    public boolean fits(String said) {
      return BearerToken.sameBytes(password, said);
    }
  }

  /** {@code {SHA}} and {@code {SSHA}}: SHA-1 in base64, with what was put behind the password. */
  record Sha1(byte[] digest, byte[] salt) implements PasswordHash {
    static final int BYTES = 20;

    @Override
    public boolean fits(String password) {
      try {
        MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
        sha1.update(password.getBytes(StandardCharsets.UTF_8));
        return MessageDigest.isEqual(digest, sha1.digest(salt));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java has SHA-1", e);
      }
    }
  }

  /** {@code $apr1$} and crypt(3)'s {@code $1$}, {@code $5$} and {@code $6$}. */
  record Crypted(String hash) implements PasswordHash {
    static final Pattern FORM =
        Pattern.compile(
            "\\$(apr1|1)\\$[./0-9A-Za-z]{0,8}\\$[./0-9A-Za-z]{22}"
                + "|\\$5\\$(rounds=[0-9]+\\$)?[./0-9A-Za-z]{1,16}\\$[./0-9A-Za-z]{43}"
                + "|\\$6\\$(rounds=[0-9]+\\$)?[./0-9A-Za-z]{1,16}\\$[./0-9A-Za-z]{86}");

    @Override
    public boolean fits(String password) {
      byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
      String same =
          hash.startsWith("$apr1$") ? Md5Crypt.apr1Crypt(bytes, hash) : Crypt.crypt(bytes, hash);
      return BearerToken.sameBytes(hash, same);
    }

    @Override
    public boolean isSlow() {
      return true;
    }
  }

  /** {@code $2a$}, {@code $2b$}, {@code $2x$} and {@code $2y$}: bcrypt. */
  record Bcrypt(String hash) implements PasswordHash {
    static final Pattern FORM = Pattern.compile("\\$2[abxy]\\$[0-3][0-9]\\$[./0-9A-Za-z]{53}");

    @Override
    public boolean fits(String password) {
      // Of the first 72 bytes, as everywhere.
      return BCrypt.verifyer(
              BCrypt.Version.VERSION_2A, LongPasswordStrategies.truncate(BCrypt.Version.VERSION_2A))
          .verify(
              password.getBytes(StandardCharsets.UTF_8), hash.getBytes(StandardCharsets.US_ASCII))
          .verified;
    }

    @Override
    public boolean isSlow() {
      return true;
    }
  }

  /** Reads one; empty if it looks like a hash and is none that is known here. */
  static Optional<PasswordHash> parse(String text) {
    if (text.startsWith("{SHA}") || text.startsWith("{SSHA}")) {
      return sha1(text.substring(text.indexOf('}') + 1), text.startsWith("{SSHA}"));
    }
    if (Crypted.FORM.matcher(text).matches()) {
      return Optional.of(new Crypted(text));
    }
    if (Bcrypt.FORM.matcher(text).matches()) {
      return Optional.of(new Bcrypt(text));
    }
    return text.startsWith("$") || text.startsWith("{")
        ? Optional.empty()
        : Optional.of(new Plain(text));
  }

  private static Optional<PasswordHash> sha1(String base64, boolean salted) {
    try {
      byte[] bytes = Base64.getDecoder().decode(base64);
      return bytes.length < Sha1.BYTES || !salted && bytes.length > Sha1.BYTES
          ? Optional.empty()
          : Optional.of(
              new Sha1(
                  Arrays.copyOf(bytes, Sha1.BYTES),
                  Arrays.copyOfRange(bytes, Sha1.BYTES, bytes.length)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
