// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.auth;

import io.goshawk.collector.component.StartException;
import io.goshawk.config.component.HeadersSetterConfig;
import io.goshawk.config.component.HeadersSetterConfig.Header;
import io.goshawk.config.schema.Settings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Changes the headers of an exporter's requests. */
final class HeadersSetter implements ClientAuthenticator {
  private record Change(String action, String key, Optional<Secret> value) {}

  private final List<Change> changes;

  HeadersSetter(Settings settings) {
    changes =
        settings.get(HeadersSetterConfig.HEADERS).stream().map(HeadersSetter::change).toList();
  }

  private static Change change(Settings header) {
    return new Change(
        header.get(Header.ACTION),
        header.get(Header.KEY),
        header.says(Header.VALUE_FILE)
            ? Optional.of(Secret.inFile(header, Header.VALUE_FILE, String::strip))
            : header.find(Header.VALUE).map(Secret::of));
  }

  @Override
  public void start() throws StartException {
    for (Change change : changes) {
      if (change.value.isPresent()) {
        change.value.get().start();
      }
    }
  }

  @Override
  public Map<String, String> headers(Map<String, String> own) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.putAll(own);
    for (Change change : changes) {
      boolean there = headers.containsKey(change.key);
      switch (change.action) {
        case "delete" -> headers.remove(change.key);
        case "insert" -> put(headers, change, !there);
        case "update" -> put(headers, change, there);
        default -> put(headers, change, true);
      }
    }
    return headers;
  }

  private static void put(Map<String, String> headers, Change change, boolean wanted) {
    if (wanted) {
      change.value.ifPresent(value -> headers.put(change.key, value.current()));
    }
  }
}
