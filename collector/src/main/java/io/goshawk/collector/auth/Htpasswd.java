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
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Users and their passwords, as {@code htpasswd} of Apache writes them, one a line: plain, or a
 * SHA-1 in base64 behind {@code {SHA}}. RFC 7617.
 */
final class Htpasswd implements ServerAuthenticator {
  private static final String SCHEME = "Basic ";
  private static final String SHA = "{SHA}";
  private static final int MOST_BYTES = 1 << 20;

  private final Settings settings;
  private Map<String, String> passwords = Map.of();

  Htpasswd(Settings settings) {
    this.settings = settings;
  }

  @Override
  public void start() throws StartException {
    Map<String, String> read = new HashMap<>();
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

  private static void read(String where, List<String> lines, Map<String, String> passwords)
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
      if (password.startsWith("$") || password.startsWith("{") && !password.startsWith(SHA)) {
        throw new StartException(
            where
                + ", line "
                + (i + 1)
                + ": of the hashes goshawk knows "
                + SHA
                + " only; make it with: htpasswd -s");
      }
      passwords.put(line.substring(0, colon), password);
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
    String known = passwords.get(pair.substring(0, colon));
    String password = pair.substring(colon + 1);
    return known != null
        && BearerToken.sameBytes(known, known.startsWith(SHA) ? SHA + sha1(password) : password);
  }

  private static String sha1(String password) {
    try {
      byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }

  @Override
  public String challenge() {
    return "Basic realm=\"goshawk\", charset=\"UTF-8\"";
  }
}
