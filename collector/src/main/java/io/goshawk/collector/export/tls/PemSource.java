// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.tls;

import io.goshawk.config.file.RegularFile;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Settings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A text in PEM, as it is or in a file.
 *
 * @param where the key and where it was written, for messages
 */
record PemSource(String where, @Nullable Path file, byte[] text) {
  /** A machine's whole list of authorities has a quarter of that. */
  private static final int MAX_BYTES = 1024 * 1024;

  /** What one of the two keys says, if one does. */
  static Optional<PemSource> of(Settings settings, Key<String> file, Key<String> text) {
    if (settings.says(file)) {
      String path = settings.get(file);
      return Optional.of(
          new PemSource(
              settings.origin(file) + ": tls::" + file.name() + ": \"" + path + "\"",
              Path.of(path),
              new byte[0]));
    }
    return settings
        .find(text)
        .map(
            pem ->
                new PemSource(
                    settings.origin(text) + ": tls::" + text.name(),
                    null,
                    pem.getBytes(StandardCharsets.UTF_8)));
  }

  /** The text, as it is now. */
  byte[] read() throws IOException {
    if (file == null) {
      return text;
    }
    return RegularFile.read(file, MAX_BYTES);
  }
}
