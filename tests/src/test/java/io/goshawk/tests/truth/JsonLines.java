// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Reads files of one JSON object per line, one at a time, since they are larger than the heap. */
final class JsonLines {

  private JsonLines() {}

  static void read(Path file, Consumer<JsonObject> consumer) {
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        consumer.accept(JsonParser.parseString(line).getAsJsonObject());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
