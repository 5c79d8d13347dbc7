// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import static io.goshawk.spans.otlp.ProtoBuffer.lengthTag;

import io.goshawk.spans.otlp.AttributeFields;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of one encoded message, to be read and changed. What is not changed is copied as
 * the bytes it was, as are all other fields of the message. Confined to one thread while it is
 * changed.
 */
public final class AttributeMap {

  /** Bytes of the message. */
  private record Range(int from, int to) {}

  /** An attribute as it was, or one that was put. */
  private record Attribute(Value<?> value, @Nullable Range encoded) {}

  private final byte[] bytes;
  private final int field;
  private final List<Range> others = new ArrayList<>();
  private final Map<String, Attribute> attributes = new LinkedHashMap<>();
  private boolean changed;

  private AttributeMap(byte[] bytes, int field) {
    this.bytes = bytes;
    this.field = field;
  }

  /**
   * Reads those of a message.
   *
   * @param bytes hold the message from {@code from} to {@code to}; not to be changed meanwhile
   * @param field the number of the message's field of attributes
   */
  static AttributeMap read(byte[] bytes, int from, int to, int field) {
    AttributeMap map = new AttributeMap(bytes, field);
    try {
      int before = from;
      for (ProtoReader fields = new ProtoReader(bytes, from, to - from); fields.next(); ) {
        Range range = new Range(before, fields.position());
        before = fields.position();
        if (fields.isBytes(field)) {
          KeyValue pair = AnyValues.pair(fields.message());
          // A key that stands twice is not allowed, and the last one counts for who reads it.
          map.attributes.put(pair.getKey(), new Attribute(pair.getValue(), range));
        } else {
          map.others.add(range);
        }
      }
    } catch (MalformedException e) {
      throw new IllegalStateException("a message that was checked cannot be read", e);
    }
    return map;
  }

  /** The value, or null if there is none of that name. */
  public @Nullable Value<?> get(String key) {
    Attribute attribute = attributes.get(key);
    return attribute == null ? null : attribute.value();
  }

  /** The names there are. */
  public List<String> keys() {
    return List.copyOf(attributes.keySet());
  }

  /** Gives an attribute a value, whether it was there or not. */
  public void put(String key, Value<?> value) {
    attributes.put(key, new Attribute(value, null));
    changed = true;
  }

  /** Takes an attribute away, if it is there. */
  public void remove(String key) {
    changed |= attributes.remove(key) != null;
  }

  /** Whether anything was put or removed. */
  public boolean changed() {
    return changed;
  }

  /** The message as it is now: its other fields in their order, then the attributes. */
  public byte[] message() {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    others.forEach(range -> copy(range, message));
    ProtoBuffer out = new ProtoBuffer();
    attributes.forEach(
        (key, attribute) -> {
          if (attribute.encoded() != null) {
            copy(attribute.encoded(), message);
          } else {
            out.clear();
            AttributeFields.write(
                out, lengthTag(field), AttributeKey.valueKey(key), attribute.value());
            message.writeBytes(out.toByteArray());
          }
        });
    return message.toByteArray();
  }

  private void copy(Range range, ByteArrayOutputStream target) {
    target.write(bytes, range.from(), range.to() - range.from());
  }
}
