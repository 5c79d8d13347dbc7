// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.auth;

import io.goshawk.collector.component.StartException;
import io.goshawk.config.component.BasicAuthConfig;
import io.goshawk.config.schema.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Users and their passwords, one a line: plain or hashed, as {@code htpasswd} of Apache and
 * crypt(3) have them; the hashes are those that the Collector knows. RFC 7617. Thread-safe.
 *
 * <p>Hashes that are slow by intention are a way to keep the receiver's thread busy. So who has
 * proved a password once is known again by a fast digest of it that only this process could have
 * made, and after one that was wrong no slow hash is looked at for as long as that one took.
 */
final class Htpasswd implements ServerAuthenticator {
  private static final String SCHEME = "Basic ";
  private static final int MOST_BYTES = 1 << 20;

  private final Settings settings;
  private final LongSupplier nanoClock;
  private final byte[] key = new byte[32];
  private Map<String, PasswordHash> passwords = Map.of();

  /** By user, the digest of what has proved to be the password. */
  private final Map<String, byte[]> proven = new ConcurrentHashMap<>();

  private long failedNanos;
  private long tookNanos;

  /**
   * @param nanoClock monotonic
   */
  Htpasswd(Settings settings, LongSupplier nanoClock) {
    this.settings = settings;
    this.nanoClock = nanoClock;
    new SecureRandom().nextBytes(key);
  }

  @Override
  public void start() throws StartException {
    Map<String, PasswordHash> read = new HashMap<>();
    Optional<String> file = settings.find(BasicAuthConfig.Htpasswd.FILE);
    if (file.isPresent()) {
      read("htpasswd file " + file.get(), lines(Path.of(file.get())), read);
    }
    // As the Collector has it: what is written here counts before the file.
    String inline = settings.find(BasicAuthConfig.Htpasswd.INLINE).orElse("");
    read("htpasswd::inline", inline.lines().toList(), read);
    passwords = Map.copyOf(read);
  }

  private static List<String> lines(Path file) throws StartException {
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > MOST_BYTES) {
        throw new StartException("htpasswd: " + file + " is no file of passwords");
      }
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new StartException("htpasswd: " + file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static void read(String where, List<String> lines, Map<String, PasswordHash> passwords)
      throws StartException {
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      int colon = line.indexOf(':');
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String password = line.substring(colon + 1);
      if (colon < 1 || password.isEmpty()) {
        throw new StartException(where + ", line " + (i + 1) + ": is no user:password");
      }
      Optional<PasswordHash> hash = PasswordHash.parse(password);
      if (hash.isEmpty()) {
        throw new StartException(
            where
                + ", line "
                + (i + 1)
                + ": is no hash that goshawk knows: bcrypt, $apr1$, $1$, $5$, $6$, {SHA}, {SSHA};"
                + " make one with: htpasswd -B");
      }
      passwords.put(line.substring(0, colon), hash.get());
    }
  }

  @Override
  public boolean admits(Function<String, @Nullable String> headers) {
    String said = headers.apply("Authorization");
    if (said == null || !said.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return false;
    }
    String pair;
    try {
      byte[] bytes = Base64.getDecoder().decode(said.substring(SCHEME.length()).strip());
      pair = new String(bytes, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return false;
    }
    int colon = pair.indexOf(':');
    if (colon < 0) {
      return false;
    }
    String user = pair.substring(0, colon);
    PasswordHash known = passwords.get(user);
    String password = pair.substring(colon + 1);
    if (known == null) {
      return false;
    }
    return known.isSlow() ? fitsSlowly(user, known, password) : known.fits(password);
  }

  private boolean fitsSlowly(String user, PasswordHash known, String password) {
    byte[] digest = digest(password);
    byte[] before = proven.get(user);
    return before != null && MessageDigest.isEqual(before, digest)
        || tryOut(user, known, password, digest);
  }

  private synchronized boolean tryOut(
      String user, PasswordHash known, String password, byte[] digest) {
    long began = nanoClock.getAsLong();
    if (began - failedNanos < tookNanos) {
      return false;
    }
    boolean fits = known.fits(password);
    if (fits) {
      proven.put(user, digest);
    } else {
      failedNanos = nanoClock.getAsLong();
      tookNanos = failedNanos - began;
    }
    return fits;
  }

  private byte[] digest(String password) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      sha.update(key);
      return sha.digest(password.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  @Override
  public String challenge() {
    return "Basic realm=\"goshawk\", charset=\"UTF-8\"";
  }
}
