// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What spans say, and do not say. */
final class SpanOptions {

  private static final String REDACT_VARIABLE = "GOSHAWK_REDACT_QUERY_KEYS";

  @Option(
      names = "--service-name",
      paramLabel = "NAME",
      description =
          "Name of the service; by default each process's own OTEL_SERVICE_NAME, else the name of"
              + " its executable or Go module.")
  @Nullable String serviceName;

  @Option(
      names = "--redact-query-keys",
      paramLabel = "KEYS",
      split = ",",
      description =
          "Query parameters whose values spans do not show, besides token, password and the like"
              + " and those of GOSHAWK_REDACT_QUERY_KEYS. Repeatable.")
  List<String> redactedQueryKeys = new ArrayList<>();

  @Option(
      names = "--parent-source",
      hidden = true,
      description = "Each span says in goshawk.parent.source how its parent was found.")
  boolean parentSource;

  /** The keys of the option and of the variable. */
  Set<String> redactedQueryKeys(Map<String, String> environment) {
    Set<String> keys = new HashSet<>();
    redactedQueryKeys.forEach(key -> keys.add(key.strip()));
    for (String key : environment.getOrDefault(REDACT_VARIABLE, "").split(",")) {
      keys.add(key.strip());
    }
    keys.remove("");
    return keys;
  }
}
