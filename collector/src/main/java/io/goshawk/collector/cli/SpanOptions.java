// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.tree.Origin;
import io.goshawk.config.tree.TreeBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What spans say, and do not say. */
final class SpanOptions {

  private static final String RECEIVER = "receivers::goshawk::";
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
      names = "--capture-headers",
      paramLabel = "SIDE=NAMES",
      description =
          "Headers whose values become attributes, of a SIDE: server_request, server_response,"
              + " client_request, client_response, and metadata of rpc_server_request,"
              + " rpc_server_response, rpc_client_request and rpc_client_response. Once for each"
              + " SIDE; else those of the variables that"
              + " OpenTelemetry's instrumentations have, none by default. Values of"
              + " authorization, cookie, set-cookie, proxy-authorization and x-api-key are never"
              + " read; redact=PATTERNS names more of them.")
  Map<String, String> capturedHeaders = new LinkedHashMap<>();

  @Mixin SqlOptions sql = new SqlOptions();

  @Mixin AttributionOption attribution = new AttributionOption();

  @Option(
      names = "--parent-source",
      hidden = true,
      description = "Each span says in goshawk.parent.source how its parent was found.")
  boolean parentSource;

  /**
   * Says it as the configuration's {@code receivers::goshawk} does.
   *
   * @param environment has the variables; empty if they do not count
   */
  void put(TreeBuilder flags, Map<String, String> environment) {
    if (serviceName != null) {
      flags.text(RECEIVER + "service_name", new Origin.Flag("--service-name"), serviceName);
    }
    Set<String> keys = redactedQueryKeys(environment);
    if (!keys.isEmpty()) {
      flags.list(
          RECEIVER + "http::redact_query_keys",
          redactedQueryKeys.isEmpty()
              ? new Origin.Variable(REDACT_VARIABLE)
              : new Origin.Flag("--redact-query-keys"),
          List.copyOf(keys));
    }
    capturedHeaders.forEach(
        (side, names) ->
            flags.list(
                RECEIVER + "headers::" + side,
                new Origin.Flag("--capture-headers"),
                Stream.of(names.split(",")).map(String::strip).toList()));
    sql.put(flags, environment);
    attribution.put(flags, environment);
    if (parentSource) {
      flags.put(RECEIVER + "parent_source", new Origin.Flag("--parent-source"), "true");
    }
  }

  /** The keys of the option and of the variable. */
  private Set<String> redactedQueryKeys(Map<String, String> environment) {
    Set<String> keys = new LinkedHashSet<>();
    redactedQueryKeys.forEach(key -> keys.add(key.strip()));
    for (String key : environment.getOrDefault(REDACT_VARIABLE, "").split(",")) {
      keys.add(key.strip());
    }
    keys.remove("");
    return keys;
  }
}
