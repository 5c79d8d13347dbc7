// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import io.goshawk.spans.otlp.OtlpFields;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.opentelemetry.api.common.Value;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of one encoded message, to be read and changed where they lie: names are compared
 * as bytes, and values decoded when they are asked for. Of a name that stands twice, which is not
 * allowed, the last value counts. Confined to one thread while it is changed.
 */
public final class AttributeMap {
  private final MessageEdit edit = new MessageEdit();
  private final ProtoReader reader = new ProtoReader(new byte[0]);

  // Names of the edit's fields.
  private int[] keyStarts = new int[16];
  private int[] keyEnds = new int[16];

  AttributeMap() {}

  /**
   * Goes to a message.
   *
   * @param bytes hold the message from {@code from} to {@code to}; not to be changed meanwhile
   * @param field the number of the message's field of attributes
   */
  AttributeMap at(byte[] bytes, int from, int to, int field) {
    edit.at(bytes, from, to, field);
    for (int i = 0; i < edit.count(); i++) {
      readKey(i);
    }
    return this;
  }

  private void readKey(int index) {
    if (index >= keyStarts.length) {
      keyStarts = Arrays.copyOf(keyStarts, 2 * index);
      keyEnds = Arrays.copyOf(keyEnds, 2 * index);
    }
    keyStarts[index] = keyEnds[index] = edit.start(index);
    goTo(index);
    try {
      while (reader.next()) {
        if (reader.isBytes(OtlpFields.KEY_VALUE_KEY)) {
          keyStarts[index] = reader.start();
          keyEnds[index] = reader.position();
        }
      }
    } catch (MalformedException e) {
      throw unreadable(e);
    }
  }

  private void goTo(int index) {
    reader.reset(edit.array(index), edit.start(index), edit.end(index) - edit.start(index));
  }

  private static IllegalStateException unreadable(MalformedException e) {
    return new IllegalStateException("an attribute that was checked cannot be read", e);
  }

  private boolean isAt(int index, String key) {
    int start = keyStarts[index];
    int length = keyEnds[index] - start;
    byte[] array = edit.array(index);
    if (edit.isGone(index) || key.length() > length) {
      return false;
    }
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (c >= 0x80) {
        return key.equals(name(index));
      }
      if (c != array[start + i]) {
        return false;
      }
    }
    return key.length() == length;
  }

  private String name(int index) {
    int start = keyStarts[index];
    return new String(edit.array(index), start, keyEnds[index] - start, StandardCharsets.UTF_8);
  }

  private int find(String key) {
    int index = edit.count() - 1;
    while (index >= 0 && !isAt(index, key)) {
      index--;
    }
    return index;
  }

  /** Whether there is one of that name. */
  public boolean has(String key) {
    return find(key) >= 0;
  }

  /** The value, or null if there is none of that name. */
  public @Nullable Value<?> get(String key) {
    int index = find(key);
    if (index < 0) {
      return null;
    }
    goTo(index);
    try {
      return AnyValues.pair(reader).getValue();
    } catch (MalformedException e) {
      throw unreadable(e);
    }
  }

  /** The names there are, each once. */
  public List<String> keys() {
    Set<String> keys = new LinkedHashSet<>();
    for (int i = 0; i < edit.count(); i++) {
      if (!edit.isGone(i)) {
        keys.add(name(i));
      }
    }
    return new ArrayList<>(keys);
  }

  /** Gives an attribute a value, whether it was there or not. */
  public void put(String key, Value<?> value) {
    put(EncodedPair.of(key, value));
  }

  /** Puts an attribute in place of those of its name. */
  public void put(EncodedPair pair) {
    remove(pair.key());
    edit.add(pair.message());
    readKey(edit.count() - 1);
  }

  /** Takes an attribute away, if it is there. */
  public void remove(String key) {
    for (int i = 0; i < edit.count(); i++) {
      if (isAt(i, key)) {
        edit.remove(i);
      }
    }
  }

  /** Whether anything was put or removed. */
  public boolean changed() {
    return edit.changed();
  }

  /** The message as it is now, good until the next change. */
  public MessageEdit message() {
    return edit;
  }
}
