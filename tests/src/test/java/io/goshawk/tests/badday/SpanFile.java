// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import java.io.IOException;
import java.io.UncheckedIOException;
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

  /** The lines whose first resource is that service's. */
  static String ofService(Path file, String name) {
    return read(file)
        .lines()
        .filter(
            line -> line.contains("\"service.name\",\"value\":{\"stringValue\":\"" + name + "\""))
        .collect(Collectors.joining("\n"));
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
