// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import io.goshawk.collector.telemetry.AttributeMap;
import io.goshawk.collector.telemetry.EncodedPair;
import io.goshawk.config.component.AttributeActionConfig;
import io.goshawk.config.schema.GoPattern;
import io.goshawk.config.schema.Settings;
import io.opentelemetry.api.common.Value;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One change of attributes: what contrib's internal/coreinternal/attraction does. */
sealed interface AttributeAction {

  /** Changes the attributes. */
  void apply(AttributeMap attributes);

  /** As configured by {@link AttributeActionConfig}. */
  static List<AttributeAction> of(List<Settings> actions) {
    return actions.stream().map(AttributeAction::of).toList();
  }

  private static AttributeAction of(Settings settings) {
    Optional<String> key = settings.find(AttributeActionConfig.KEY);
    Optional<GoPattern> pattern = settings.find(AttributeActionConfig.PATTERN);
    String action = settings.get(AttributeActionConfig.ACTION);
    return switch (action) {
      case "delete" -> new Delete(key, pattern);
      case "hash" -> new Hash(key, pattern);
      case "extract" -> new Extract(key.orElseThrow(), pattern.orElseThrow());
      case "convert" ->
          new Convert(key.orElseThrow(), settings.get(AttributeActionConfig.CONVERTED_TYPE));
      default ->
          new Put(
              key.orElseThrow(),
              !action.equals("update"),
              !action.equals("insert"),
              constant(key.orElseThrow(), settings.find(AttributeActionConfig.VALUE)),
              settings.find(AttributeActionConfig.FROM_ATTRIBUTE),
              constant(key.orElseThrow(), settings.find(AttributeActionConfig.DEFAULT_VALUE)));
    };
  }

  /** What is put into every span is encoded once. */
  private static Optional<EncodedPair> constant(String key, Optional<Object> value) {
    return value.map(given -> EncodedPair.of(key, ValueText.of(given)));
  }

  /**
   * {@code insert}, {@code update} and {@code upsert}.
   *
   * @param ifMissing whether to put what is not there
   * @param ifThere whether to replace what is there
   */
  record Put(
      String key,
      boolean ifMissing,
      boolean ifThere,
      Optional<EncodedPair> value,
      Optional<String> from,
      Optional<EncodedPair> otherwise)
      implements AttributeAction {
    @Override
    public void apply(AttributeMap attributes) {
      if (attributes.has(key) ? !ifThere : !ifMissing) {
        return;
      }
      if (value.isPresent()) {
        attributes.put(value.get());
        return;
      }
      Value<?> source = from.isPresent() ? attributes.get(from.get()) : null;
      if (source != null) {
        attributes.put(key, source);
      } else if (otherwise.isPresent()) {
        attributes.put(otherwise.get());
      }
    }
  }

  /** {@code delete}. */
  record Delete(Optional<String> key, Optional<GoPattern> pattern) implements AttributeAction {
    @Override
    public void apply(AttributeMap attributes) {
      key.ifPresent(attributes::remove);
      pattern.ifPresent(
          p -> attributes.keys().stream().filter(p::fits).forEach(attributes::remove));
    }
  }

  /** {@code hash}. */
  record Hash(Optional<String> key, Optional<GoPattern> pattern) implements AttributeAction {
    @Override
    public void apply(AttributeMap attributes) {
      key.ifPresent(name -> hash(attributes, name));
      pattern.ifPresent(
          p -> attributes.keys().stream().filter(p::fits).forEach(name -> hash(attributes, name)));
    }

    private static void hash(AttributeMap attributes, String name) {
      Value<?> value = attributes.get(name);
      if (value != null) {
        attributes.put(name, Value.of(sha256(value)));
      }
    }

    /** As in the Collector, nothing is left of what is neither text nor a number. */
    private static String sha256(Value<?> value) {
      byte[] bytes =
          switch (value.getType()) {
            case STRING -> ((String) value.getValue()).getBytes(StandardCharsets.UTF_8);
            case LONG -> littleEndian((Long) value.getValue());
            case DOUBLE -> littleEndian(Double.doubleToRawLongBits((Double) value.getValue()));
            case BOOLEAN -> new byte[] {(byte) ((Boolean) value.getValue() ? 1 : 0)};
            default -> null;
          };
      if (bytes == null) {
        return "";
      }
      try {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java has SHA-256", e);
      }
    }

    private static byte[] littleEndian(long number) {
      return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(number).array();
    }
  }

  /** {@code extract}, of text. */
  record Extract(String key, GoPattern pattern) implements AttributeAction {
    @Override
    public void apply(AttributeMap attributes) {
      Value<?> value = attributes.get(key);
      if (value == null || !(value.getValue() instanceof String text)) {
        return;
      }
      Matcher matcher = pattern.matcher(text);
      if (matcher.find()) {
        for (Map.Entry<String, Integer> group : pattern.groups().entrySet()) {
          String part = matcher.group(group.getValue());
          attributes.put(group.getKey(), Value.of(part == null ? "" : part));
        }
      }
    }
  }

  /** {@code convert}. */
  record Convert(String key, String type) implements AttributeAction {
    /** Java would also read blanks around it, and a type behind it. */
    private static final Pattern REAL =
        Pattern.compile(
            "[+-]?(?:(?:[0-9]++\\.?+[0-9]*+|\\.[0-9]++)(?:[eE][+-]?[0-9]++)?+|Infinity)|NaN");

    @Override
    public void apply(AttributeMap attributes) {
      Value<?> value = attributes.get(key);
      Value<?> converted =
          value == null
              ? null
              : switch (type) {
                case "string" -> Value.of(ValueText.text(value));
                case "int" -> whole(value);
                default -> real(value);
              };
      // What is no number stays what it is.
      if (converted != null) {
        attributes.put(key, converted);
      }
    }

    private static @Nullable Value<?> whole(Value<?> value) {
      try {
        return switch (value.getType()) {
          case LONG -> value;
          case DOUBLE -> Value.of(((Double) value.getValue()).longValue());
          case BOOLEAN -> Value.of((Boolean) value.getValue() ? 1L : 0L);
          case STRING -> Value.of(Long.parseLong((String) value.getValue()));
          default -> null;
        };
      } catch (NumberFormatException e) {
        return null;
      }
    }

    private static @Nullable Value<?> real(Value<?> value) {
      return switch (value.getType()) {
        case DOUBLE -> value;
        case LONG -> Value.of(((Long) value.getValue()).doubleValue());
        case BOOLEAN -> Value.of((Boolean) value.getValue() ? 1.0 : 0.0);
        case STRING ->
            REAL.matcher((String) value.getValue()).matches()
                ? Value.of(Double.parseDouble((String) value.getValue()))
                : null;
        default -> null;
      };
    }
  }
}
