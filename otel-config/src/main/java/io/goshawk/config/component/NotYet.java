// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Reading;
import io.goshawk.config.schema.Settings;

/** Why keys that users of the Collector know are refused or ignored. */
final class NotYet {
  private static final String REASON = "goshawk does not do this yet";

  private NotYet() {}

  /** A key whose effect is missed if it is not there. */
  static Key<Object> key(String name) {
    return Key.refused(name, REASON);
  }

  /** A key that tunes the Collector's own way to do things. */
  static Key<Object> tuning(String name) {
    return Key.ignored(name, "it tunes how the Collector works inside");
  }

  /** A value of a key whose other values do what they say. */
  static <T> void value(Settings settings, Key<T> key, T value, Reading at) {
    if (settings.find(key).filter(value::equals).isPresent()) {
      at.member(key.name()).error(settings.origin(key), "is \"" + value + "\": " + REASON);
    }
  }
}
