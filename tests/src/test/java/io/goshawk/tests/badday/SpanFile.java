// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What the file exporter has written. */
final class SpanFile {

  private static final Pattern PATH =
      Pattern.compile("\"key\":\"url\\.path\",\"value\":\\{\"stringValue\":\"([^\"]*)\"}");

  private SpanFile() {}

  /** {@code url.path} of every span, in the file's order. */
  static List<String> paths(Path file) {
    return paths(read(file));
  }

  static List<String> paths(String json) {
    List<String> paths = new ArrayList<>();
    Matcher matcher = PATH.matcher(json);
    while (matcher.find()) {
      paths.add(matcher.group(1));
    }
    return paths;
  }

  /** The spans of a service, with its resource: a line for each that has the same one. */
  static String ofService(Path file, String name) {
    return read(file)
        .lines()
        .flatMap(line -> resourceSpans(line).stream())
        .filter(
            spans -> spans.contains("\"service.name\",\"value\":{\"stringValue\":\"" + name + "\""))
        .collect(Collectors.joining("\n"));
  }

  private static List<String> resourceSpans(String line) {
    List<String> all = new ArrayList<>();
    JsonParser.parseString(line)
        .getAsJsonObject()
        .getAsJsonArray("resourceSpans")
        .forEach(spans -> all.add(spans.toString()));
    return all;
  }

  /**
   * The file's whole lines. One that is still being written may end within a character.
   *
   * @throws UncheckedIOException if the file cannot be read, or a whole line is no UTF-8
   */
  static String read(Path file) {
    try {
      byte[] written = Files.readAllBytes(file);
      int end = written.length;
      while (end > 0 && written[end - 1] != '\n') {
        end--;
      }
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(written, 0, end)).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
