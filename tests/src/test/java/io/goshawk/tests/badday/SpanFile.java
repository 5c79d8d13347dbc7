// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
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
    List<String> paths = new ArrayList<>();
    forEachLine(file, line -> addPaths(line, paths));
    return paths;
  }

  static List<String> paths(String json) {
    List<String> paths = new ArrayList<>();
    addPaths(json, paths);
    return paths;
  }

  private static void addPaths(String json, List<String> paths) {
    Matcher matcher = PATH.matcher(json);
    while (matcher.find()) {
      paths.add(matcher.group(1));
    }
  }

  /** Of each trace in which a server's span has a path, the keys of all its spans' attributes. */
  static List<Set<String>> attributesOfTraces(Path file, String path) {
    Map<String, Set<String>> keys = new HashMap<>();
    Set<String> wanted = new LinkedHashSet<>();
    forEachLine(
        file,
        line -> {
          for (JsonObject span : spans(line)) {
            String trace = span.get("traceId").getAsString();
            if (paths(span.toString()).contains(path)) {
              wanted.add(trace);
            }
            Set<String> ofTrace = keys.computeIfAbsent(trace, unused -> new TreeSet<>());
            span.getAsJsonArray("attributes")
                .forEach(each -> ofTrace.add(each.getAsJsonObject().get("key").getAsString()));
          }
        });
    return wanted.stream().map(keys::get).toList();
  }

  private static List<JsonObject> spans(String line) {
    List<JsonObject> spans = new ArrayList<>();
    for (JsonElement resource :
        JsonParser.parseString(line).getAsJsonObject().getAsJsonArray("resourceSpans")) {
      for (JsonElement scope : resource.getAsJsonObject().getAsJsonArray("scopeSpans")) {
        scope
            .getAsJsonObject()
            .getAsJsonArray("spans")
            .forEach(span -> spans.add(span.getAsJsonObject()));
      }
    }
    return spans;
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

  /** The file's whole lines, as {@link #forEachLine}. */
  static String read(Path file) {
    StringBuilder lines = new StringBuilder();
    forEachLine(file, line -> lines.append(line).append('\n'));
    return lines.toString();
  }

  /**
   * Each whole line, and one at a time: a fast machine's file may be more than there is memory for.
   * A line that is still being written may end within a character.
   *
   * @throws UncheckedIOException if the file cannot be read, or a whole line is no UTF-8
   */
  private static void forEachLine(Path file, Consumer<String> each) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      for (int next = in.read(); next >= 0; next = in.read()) {
        if (next == '\n') {
          each.accept(UTF_8.newDecoder().decode(ByteBuffer.wrap(line.toByteArray())).toString());
          line.reset();
        } else {
          line.write(next);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
