// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.schema;

import io.goshawk.config.tree.ListNode;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.MapNode.Entry;
import io.goshawk.config.tree.Node;
import io.goshawk.config.tree.ScalarNode;
import io.goshawk.config.tree.ScalarNode.Kind;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All types that values have. */
public final class Types {
  /** What a secret looks like to everyone but who needs it; the Collector's word. */
  public static final String REDACTED = "[REDACTED]";

  private Types() {}

  // ---- single values

  /** What reads one scalar. */
  private abstract static class ScalarType<T> extends ValueType<T> {
    private final Map<String, Object> schema;

    ScalarType(String label, Map<String, Object> schema) {
      super(label);
      this.schema = schema;
    }

    abstract @Nullable T read(ScalarNode scalar, Reading at);

    @Override
    final @Nullable T read(Node node, Reading at) {
      if (node instanceof ScalarNode scalar && !scalar.isNull()) {
        return read(scalar, at);
      }
      at.mismatch(node, label());
      return null;
    }

    @Override
    public Object shown(T value) {
      return value;
    }

    /** A variable may stand for any of them. */
    @Override
    public final Map<String, Object> jsonSchema() {
      boolean anyText = schema.get("type") instanceof List && !schema.containsKey("pattern");
      if (anyText || schema.equals(Map.of("type", "string"))) {
        return schema;
      }
      return JsonSchema.object(
          "anyOf",
          List.of(schema, JsonSchema.object("type", "string", "pattern", "^\\$\\{[^}]*\\}$")));
    }
  }

  /** Text; numbers and booleans are text as they were written. */
  public static ValueType<String> text() {
    return text("text");
  }

  private static ValueType<String> text(String label) {
    return new ScalarType<>(
        label, JsonSchema.object("type", List.of("string", "number", "boolean"))) {
      @Override
      String read(ScalarNode scalar, Reading at) {
        return scalar.text();
      }
    };
  }

  /** The path of a file or a folder. */
  public static ValueType<String> path() {
    return text("path");
  }

  /** Text that is never shown. */
  public static ValueType<String> secret() {
    return new ScalarType<>(
        "secret text", JsonSchema.object("type", List.of("string", "number", "boolean"))) {
      @Override
      String read(ScalarNode scalar, Reading at) {
        return scalar.text();
      }

      @Override
      public Object shown(String value) {
        return REDACTED;
      }
    };
  }

  /** {@code true} or {@code false}. */
  public static ValueType<Boolean> bool() {
    return new ScalarType<>("true or false", JsonSchema.object("type", "boolean")) {
      @Override
      @Nullable Boolean read(ScalarNode scalar, Reading at) {
        if (scalar.kind() != Kind.BOOL) {
          at.mismatch(scalar, label());
          return null;
        }
        return Boolean.parseBoolean(scalar.text());
      }
    };
  }

  /** A whole number from one to another, both included. */
  public static ValueType<Long> whole(long least, long most) {
    String label =
        most >= Integer.MAX_VALUE
            ? "a whole number from " + least + " on"
            : "a whole number from " + least + " to " + most;
    Map<String, Object> schema = JsonSchema.object("type", "integer", "minimum", least);
    if (most != Long.MAX_VALUE) {
      schema.put("maximum", most);
    }
    return new ScalarType<>(label, schema) {
      @Override
      @Nullable Long read(ScalarNode scalar, Reading at) {
        try {
          long value = scalar.kind() == Kind.INT ? parseWhole(scalar.text()) : least - 1;
          if (value >= least && value <= most) {
            return value;
          }
        } catch (NumberFormatException e) {
          // Larger than 64 bits: said below.
        }
        at.mismatch(scalar, label());
        return null;
      }
    };
  }

  private static long parseWhole(String text) {
    if (text.startsWith("0x")) {
      return Long.parseLong(text.substring(2), 16);
    }
    return text.startsWith("0o")
        ? Long.parseLong(text.substring(2), 8)
        : Long.parseLong(text.replace("_", ""));
  }

  /** A whole number from 0 on. */
  public static ValueType<Long> count() {
    return whole(0, Integer.MAX_VALUE);
  }

  /** A number from one to another, both included. */
  public static ValueType<Double> real(double least, double most) {
    String label =
        most == Double.MAX_VALUE
            ? "a number from " + trimmed(least) + " on"
            : "a number from " + trimmed(least) + " to " + trimmed(most);
    Map<String, Object> schema = JsonSchema.object("type", "number", "minimum", least);
    if (most != Double.MAX_VALUE) {
      schema.put("maximum", most);
    }
    return new ScalarType<>(label, schema) {
      @Override
      @Nullable Double read(ScalarNode scalar, Reading at) {
        Double value = number(scalar);
        // Written so that what is no number does not pass.
        if (value == null || !(value >= least && value <= most)) {
          at.mismatch(scalar, label());
          return null;
        }
        return value;
      }

      @Override
      public Object shown(Double value) {
        return new BigDecimal(trimmed(value));
      }
    };
  }

  private static @Nullable Double number(ScalarNode scalar) {
    try {
      return switch (scalar.kind()) {
        case INT -> (double) parseWhole(scalar.text());
        case FLOAT -> Double.parseDouble(scalar.text());
        default -> null;
      };
    } catch (NumberFormatException e) {
      // Infinities and what is no number, and whole numbers of more than 64 bits.
      return null;
    }
  }

  private static String trimmed(double value) {
    return new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
  }

  /** A duration in Go's notation, of at least so much. */
  public static ValueType<Duration> duration(Duration least) {
    String label =
        least.isZero()
            ? "a duration such as 200ms or 5m"
            : "a duration such as 200ms or 5m, at least " + GoDuration.format(least);
    return new ScalarType<>(
        label,
        JsonSchema.object("type", "string", "pattern", "^\\+?(0|([0-9.]+(ns|us|µs|ms|s|m|h))+)$")) {
      @Override
      @Nullable Duration read(ScalarNode scalar, Reading at) {
        Optional<Duration> value = GoDuration.parse(scalar.text());
        if (value.isEmpty() && scalar.kind() == Kind.INT) {
          at.error(
              scalar.origin(),
              "is the number "
                  + Reading.shortened(scalar.text())
                  + " without a unit; write for example "
                  + Reading.shortened(scalar.text())
                  + "s");
          return null;
        }
        if (value.isEmpty() || value.get().compareTo(least) < 0) {
          at.mismatch(scalar, label());
          return null;
        }
        return value.get();
      }

      @Override
      public Object shown(Duration value) {
        return GoDuration.format(value);
      }
    };
  }

  /** A duration from 0 on. */
  public static ValueType<Duration> duration() {
    return duration(Duration.ZERO);
  }

  /** One of a few words. */
  public static ValueType<String> word(String... words) {
    return word(false, words);
  }

  /** One of a few words in lower case, however it is written; read in lower case. */
  public static ValueType<String> wordInAnyCase(String... words) {
    return word(true, words);
  }

  private static ValueType<String> word(boolean anyCase, String... words) {
    List<String> all = List.of(words);
    List<String> named = all.stream().map(word -> word.isEmpty() ? "\"\"" : word).toList();
    return new ScalarType<>("one of " + String.join(", ", named), JsonSchema.object("enum", all)) {
      @Override
      @Nullable String read(ScalarNode scalar, Reading at) {
        String word = anyCase ? scalar.text().toLowerCase(Locale.ROOT) : scalar.text();
        if (all.contains(word)) {
          return word;
        }
        String hint =
            NearestWord.of(scalar.text(), all)
                .map(nearest -> "; did you mean \"" + nearest + "\"?")
                .orElse("");
        at.mismatch(scalar, label() + hint);
        return null;
      }
    };
  }

  /**
   * The name of a header (RFC 9110 section 5.1), or of metadata; read in lower case.
   *
   * @param mostLetters how long it may be
   */
  public static ValueType<String> headerName(int mostLetters) {
    String letters = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1," + mostLetters + "}";
    return new ScalarType<>(
        "the name of a header",
        JsonSchema.object("type", "string", "pattern", "^" + letters + "$")) {
      @Override
      @Nullable String read(ScalarNode scalar, Reading at) {
        if (!scalar.text().matches(letters)) {
          at.mismatch(scalar, label() + " of " + mostLetters + " letters at most");
          return null;
        }
        return scalar.text().toLowerCase(Locale.ROOT);
      }
    };
  }

  /** The id of a container, or its beginning. */
  public static ValueType<String> containerId() {
    String digits = "[0-9A-Fa-f]{8,64}";
    return new ScalarType<>(
        "a container id",
        JsonSchema.object("type", List.of("string", "number"), "pattern", "^" + digits + "$")) {
      @Override
      @Nullable String read(ScalarNode scalar, Reading at) {
        if (!scalar.text().matches(digits)) {
          at.mismatch(scalar, label() + " or its beginning, 8 to 64 hexadecimal digits");
          return null;
        }
        return scalar.text().toLowerCase(Locale.ROOT);
      }
    };
  }

  /** A regular expression. */
  public static ValueType<GoPattern> pattern() {
    return new ScalarType<>(
        "a regular expression", JsonSchema.object("type", List.of("string", "number"))) {
      @Override
      @Nullable GoPattern read(ScalarNode scalar, Reading at) {
        try {
          return GoPattern.compile(scalar.text());
        } catch (IllegalArgumentException e) {
          at.error(scalar.origin(), String.valueOf(e.getMessage()));
          return null;
        }
      }

      @Override
      public Object shown(GoPattern value) {
        return value.source();
      }
    };
  }

  /** Reports the texts of a list that are no regular expressions. */
  public static void checkPatterns(List<Located<String>> texts) {
    for (Located<String> text : texts) {
      GoPattern.problem(text.value()).ifPresent(text::error);
    }
  }

  /** The same value with where it was written, for who finds fault with it later. */
  public static <T> ValueType<Located<T>> located(ValueType<T> type) {
    return new ValueType<>(type.label()) {
      @Override
      @Nullable Located<T> read(Node node, Reading at) {
        T value = type.read(node, at);
        return value == null ? null : new Located<>(value, node.origin(), at);
      }

      @Override
      public Object shown(Located<T> located) {
        return type.shown(located.value());
      }

      @Override
      public Map<String, Object> jsonSchema() {
        return type.jsonSchema();
      }

      @Override
      public Optional<Section> section() {
        return type.section();
      }
    };
  }

  /** {@code HOST:PORT}; the host may be left out, or be an IPv6 address in brackets. */
  public static ValueType<String> hostPort() {
    return address("an address as host:port", false);
  }

  /** The same, or the path of a Unix socket. */
  public static ValueType<String> listenAddress() {
    return address("an address as host:port, or an absolute path", true);
  }

  private static ValueType<String> address(String label, boolean orPath) {
    return new ScalarType<>(label, JsonSchema.object("type", "string")) {
      @Override
      @Nullable String read(ScalarNode scalar, Reading at) {
        String text = scalar.text();
        if (orPath && text.startsWith("/")) {
          return text;
        }
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (colon < 0 || !isPort(text.substring(colon + 1)) || host.contains(":") && !bracketed) {
          at.mismatch(scalar, label() + " such as localhost:4317");
          return null;
        }
        return text;
      }
    };
  }

  private static boolean isPort(String text) {
    return text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= 65_535;
  }

  /** Anything, as maps, lists, numbers, booleans and texts. */
  public static ValueType<Object> any() {
    return new ValueType<>("any value") {
      @Override
      Object read(Node node, Reading at) {
        return plain(node);
      }

      @Override
      public Object shown(Object value) {
        return value;
      }

      @Override
      public Map<String, Object> jsonSchema() {
        return JsonSchema.object();
      }
    };
  }

  private static Object plain(Node node) {
    if (node instanceof MapNode map) {
      Map<String, Object> values = new LinkedHashMap<>();
      map.entries().forEach((key, entry) -> values.put(key, plain(entry.value())));
      return values;
    }
    if (node instanceof ListNode list) {
      return list.elements().stream().map(Types::plain).toList();
    }
    ScalarNode scalar = (ScalarNode) node;
    Double number = number(scalar);
    if (scalar.kind() == Kind.BOOL) {
      return Boolean.parseBoolean(scalar.text());
    }
    if (scalar.kind() == Kind.INT && number != null) {
      return parseWhole(scalar.text());
    }
    return number == null ? scalar.text() : number;
  }

  // ---- several values

  /** Values of one type. */
  public static <T> ValueType<List<T>> listOf(ValueType<T> element) {
    return new ValueType<>("list of " + element.label()) {
      @Override
      @Nullable List<T> read(Node node, Reading at) {
        if (!(node instanceof ListNode list)) {
          at.mismatch(node, "a list");
          return null;
        }
        List<T> values = new ArrayList<>();
        boolean fine = true;
        for (int i = 0; i < list.elements().size(); i++) {
          T value = element.read(list.elements().get(i), at.element(i));
          if (value == null) {
            fine = false;
          } else {
            values.add(value);
          }
        }
        return fine ? List.copyOf(values) : null;
      }

      @Override
      public Object shown(List<T> value) {
        return value.stream().map(element::shown).toList();
      }

      @Override
      public Map<String, Object> jsonSchema() {
        return JsonSchema.object("type", "array", "items", element.jsonSchema());
      }

      @Override
      Optional<List<T>> empty() {
        return Optional.of(List.of());
      }

      @Override
      public Optional<Section> section() {
        return element.section();
      }

      /** A default, without brackets and separated by commas. */
      @Override
      List<T> parse(String text) {
        return text.isEmpty()
            ? List.of()
            : Arrays.stream(text.split(", *")).map(element::parse).toList();
      }
    };
  }

  /** Values of one type by names that nobody declares. */
  public static <T> ValueType<Map<String, T>> mapOf(ValueType<T> element) {
    return new ValueType<>("map of " + element.label()) {
      @Override
      @Nullable Map<String, T> read(Node node, Reading at) {
        if (!(node instanceof MapNode map)) {
          at.mismatch(node, "a map");
          return null;
        }
        Map<String, T> values = new LinkedHashMap<>();
        boolean fine = true;
        for (Map.Entry<String, Entry> entry : map.entries().entrySet()) {
          T value = element.read(entry.getValue().value(), at.member(entry.getKey()));
          if (value == null) {
            fine = false;
          } else {
            values.put(entry.getKey(), value);
          }
        }
        return fine ? values : null;
      }

      @Override
      public Object shown(Map<String, T> value) {
        Map<String, Object> shown = new LinkedHashMap<>();
        value.forEach((key, inside) -> shown.put(key, element.shown(inside)));
        return shown;
      }

      @Override
      public Map<String, Object> jsonSchema() {
        return JsonSchema.object("type", "object", "additionalProperties", element.jsonSchema());
      }

      @Override
      Optional<Map<String, T>> empty() {
        return Optional.of(Map.of());
      }

      @Override
      public Optional<Section> section() {
        return element.section();
      }
    };
  }

  /**
   * Headers of requests, whose values may be secrets: a map, or a list of {@code {name, value}} as
   * newer Collectors have them.
   */
  public static ValueType<Map<String, String>> headers() {
    ValueType<Map<String, String>> map = mapOf(secret());
    Key<String> name = Key.of("name", text(), "Name of the header.").mandatory();
    Key<String> value = Key.of("value", secret(), "Its value.").mandatory();
    ValueType<List<Settings>> pairs = listOf(section(Section.of(name, value)));
    return new ValueType<>("map of secret text, or list of {name, value}") {
      @Override
      @Nullable Map<String, String> read(Node node, Reading at) {
        if (!(node instanceof ListNode)) {
          return map.read(node, at);
        }
        List<Settings> read = pairs.read(node, at);
        if (read == null) {
          return null;
        }
        Map<String, String> headers = new LinkedHashMap<>();
        for (Settings pair : read) {
          if (!pair.says(name) || !pair.says(value)) {
            return null;
          }
          headers.put(pair.get(name), pair.get(value));
        }
        return headers;
      }

      @Override
      public Object shown(Map<String, String> headers) {
        return map.shown(headers);
      }

      @Override
      public Map<String, Object> jsonSchema() {
        return JsonSchema.object("anyOf", List.of(map.jsonSchema(), pairs.jsonSchema()));
      }

      @Override
      Optional<Map<String, String>> empty() {
        return Optional.of(Map.of());
      }
    };
  }

  // ---- sections

  /** A section whose defaults count if it is left out. */
  public static ValueType<Settings> section(Section section) {
    return new SectionType("section", section) {
      @Override
      Optional<Settings> empty() {
        return Optional.of(section.defaults());
      }
    };
  }

  /** A section that says something by being there, be it empty. */
  public static ValueType<Settings> optionalSection(Section section) {
    return new SectionType("section, off unless it is there", section) {
      @Override
      boolean acceptsNull() {
        return true;
      }
    };
  }

  private static class SectionType extends ValueType<Settings> {
    private final Section section;

    SectionType(String label, Section section) {
      super(label);
      this.section = section;
    }

    @Override
    final @Nullable Settings read(Node node, Reading at) {
      return section.read(node, at);
    }

    @Override
    public final Object shown(Settings value) {
      return value.shown();
    }

    @Override
    public final Map<String, Object> jsonSchema() {
      return JsonSchema.section(section);
    }

    @Override
    public final Optional<Section> section() {
      return Optional.of(section);
    }
  }
}
