// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.auth;

import io.goshawk.collector.component.StartException;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A text that nobody else is to see, in the configuration or in a file that is read again when it
 * has changed: those who renew tokens write new files. Safe for threads.
 */
final class Secret {
  private static final Logger LOG = Logger.getLogger(Secret.class.getName());

  /** Tokens with many claims have some kilobytes. */
  private static final int MAX_BYTES = 64 * 1024;

  /** What no header can carry, RFC 9110, section 5.5. */
  private static final String CONTROL = ".*[\\x00-\\x1f\\x7f].*";

  private final String where;
  private final @Nullable Path file;
  private final UnaryOperator<String> part;
  private String text;
  private @Nullable String said;

  private Secret(String where, @Nullable Path file, UnaryOperator<String> part, String text) {
    this.where = where;
    this.file = file;
    this.part = part;
    this.text = text;
  }

  static Secret of(String text) {
    return new Secret("", null, UnaryOperator.identity(), text);
  }

  /**
   * One that is not read yet.
   *
   * @param part the secret in what the file holds
   */
  static Secret inFile(Settings settings, Key<String> key, UnaryOperator<String> part) {
    String path = settings.get(key);
    return new Secret(
        settings.origin(key) + ": " + key.name() + ": \"" + path + "\"", Path.of(path), part, "");
  }

  /**
   * Reads it for the first time.
   *
   * @throws StartException if that cannot be done: what was sent then would be refused
   */
  synchronized void start() throws StartException {
    if (file != null) {
      try {
        text = read(file);
      } catch (IOException e) {
        throw new StartException(where + " " + e.getMessage(), e);
      }
    }
  }

  private String read(Path from) throws IOException {
    // To read anything else, such as a named pipe, may never end.
    if (!Files.isRegularFile(from)) {
      throw new IOException("is no file that can be read");
    }
    byte[] bytes;
    try (InputStream in = Files.newInputStream(from)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw new IOException("cannot be read: " + e.getMessage(), e);
    }
    String secret = part.apply(new String(bytes, StandardCharsets.UTF_8));
    if (bytes.length > MAX_BYTES || secret.isEmpty() || secret.matches(CONTROL)) {
      throw new IOException("holds nothing that a header can carry");
    }
    return secret;
  }

  /** The secret as the file has it now, or had it when it could last be read. */
  synchronized String current() {
    if (file != null) {
      try {
        // At every request: compared with what a request takes, reading a page is nothing.
        text = read(file);
        said = null;
      } catch (IOException e) {
        String problem = where + " " + e.getMessage() + "; what was read before goes on";
        if (!problem.equals(said)) {
          said = problem;
          LOG.warning(problem);
        }
      }
    }
    return text;
  }
}
