// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.tree;

import io.goshawk.config.file.RegularFile;
import io.goshawk.config.tree.MapNode.Entry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code --config} names, as the Collector has it: {@code file:PATH} or just a path, {@code
 * env:VARIABLE}, {@code yaml:TEXT}, in which {@code ::} stands between the keys of a path.
 */
public final class ConfigSource {
  private static final int MAX_BYTES = 1 << 20;

  /** As long as in RFC 3986, but that one letter is the drive of a path. */
  private static final Pattern SCHEME =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+):(.*)", Pattern.DOTALL);

  private ConfigSource() {}

  /**
   * Reads one.
   *
   * @param uri as it was given
   * @param variables the agent's environment, for {@code env:} and for what the text refers to
   * @param findings gets what is wrong with single values
   * @throws InvalidConfigException if there is no text, or it is no YAML
   */
  public static MapNode read(String uri, Map<String, String> variables, Findings findings) {
    Matcher matcher = SCHEME.matcher(uri);
    String scheme = matcher.matches() ? matcher.group(1) : "file";
    String rest = matcher.matches() ? matcher.group(2) : uri;
    return switch (scheme) {
      case "file" -> parse(rest, file(rest), variables, findings);
      case "env" -> parse(uri, variable(uri, rest, variables), variables, findings);
      case "yaml" -> parse("yaml", rest, variables, findings);
      default ->
          throw new InvalidConfigException(
              new Origin.Source(uri),
              "\""
                  + scheme
                  + ":\" is not known; write file:PATH, env:VARIABLE, yaml:TEXT or a path");
    };
  }

  private static MapNode parse(
      String source, String text, Map<String, String> variables, Findings findings) {
    Node root = YamlText.read(source, text, new Substitution(variables, findings), findings);
    if (root instanceof MapNode map) {
      return withPaths(map);
    }
    if (root instanceof ScalarNode scalar && scalar.isNull()) {
      return MapNode.empty(root.origin());
    }
    throw new InvalidConfigException(
        root.origin(), "is no map; a configuration has keys such as receivers: and service:");
  }

  /** With {@code a::b: c} as {@code a: {b: c}}, at the top only. */
  private static MapNode withPaths(MapNode map) {
    if (map.entries().keySet().stream().noneMatch(k -> k.contains(TreeBuilder.SEPARATOR))) {
      return map;
    }
    MapNode result = MapNode.empty(map.origin());
    for (Map.Entry<String, Entry> entry : map.entries().entrySet()) {
      Origin keyOrigin = entry.getValue().keyOrigin();
      MapNode inside =
          (MapNode) TreeBuilder.at(entry.getKey(), keyOrigin, entry.getValue().value());
      result = result.mergedWith(inside);
    }
    return new MapNode(map.origin(), result.entries());
  }

  private static String variable(String uri, String name, Map<String, String> variables) {
    String text = variables.getOrDefault(name, "");
    if (text.isEmpty()) {
      throw new InvalidConfigException(
          new Origin.Source(uri), "the variable " + name + " is not set, or empty");
    }
    return text;
  }

  private static String file(String name) {
    Origin origin = new Origin.Source(name);
    byte[] bytes;
    try {
      bytes = RegularFile.read(Path.of(name), MAX_BYTES);
    } catch (RegularFile.TooLongException e) {
      throw new InvalidConfigException(
          origin, "is longer than the " + MAX_BYTES + " bytes that a configuration may have");
    } catch (IOException | InvalidPathException e) {
      String cause = e.getClass().getSimpleName().replaceAll("Exception$", "");
      throw new InvalidConfigException(origin, "cannot be read: " + reason(e, cause));
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new InvalidConfigException(origin, "is no UTF-8 text");
    }
  }

  private static String reason(Exception e, String cause) {
    return switch (cause) {
      case "NoSuchFile" -> "there is no such file";
      case "AccessDenied" -> "permission denied";
      default -> e.getMessage();
    };
  }
}
