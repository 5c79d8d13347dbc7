// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.config.ConfigLoader;
import io.goshawk.config.tree.InvalidConfigException;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong configurations are refused at the right place, in words that help. */
class RefusedConfigsTest {

  /** Everything but what a case is about. */
  private static final String REST =
      """
      receivers: {goshawk: }
      exporters: {nop: }
      service: {pipelines: {traces: {receivers: [goshawk], exporters: [nop]}}}
      """;

  static Stream<Arguments> values() {
    return Stream.of(
        // An unknown key, and what was meant.
        wrong(
            "exporters:\n  otlp_grpc:\n    endpoint: h:1\n    tls:\n      insecur: true\n",
            "5:7: exporters::otlp_grpc::tls::insecur: is no key here; did you mean \"insecure\"?"),
        wrong(
            "processors:\n  batch:\n    sendBatchSize: 5\n",
            "3:5: processors::batch::sendBatchSize: is no key here;"
                + " did you mean \"send_batch_size\"?"),
        wrong(
            "processors:\n  batch: {frobnicate: 1}\n",
            "2:11: processors::batch::frobnicate: is no key here; known are timeout,"
                + " send_batch_size, send_batch_max_size"),
        wrong(
            "receivers:\n  goshawk: {include: {containers: [0123abcd, 0123abc]}}\n",
            "2:46: receivers::goshawk::include::containers[1]: is the text \"0123abc\" and should be"
                + " a container id or its beginning, 8 to 64 hexadecimal digits"),
        wrong(
            "receivers:\n  goshawk: {exclude: {containers: [docker-01]}}\n",
            "2:36: receivers::goshawk::exclude::containers[0]: is the text \"docker-01\" and should"
                + " be a container id"),
        wrong(
            "receivers:\n  goshawk: {attribution: {level: call}}\n",
            "2:34: receivers::goshawk::attribution::level: is the text \"call\" and should be one of"
                + " none, calls; did you mean \"calls\"?"),
        wrong(
            "receivers:\n  goshawk: {attribution: {levle: none}}\n",
            "2:27: receivers::goshawk::attribution::levle: is no key here; did you mean"
                + " \"level\"?"),
        wrong(
            "receivers:\n  goshawk:\n    attribution: none\n",
            "3:18: receivers::goshawk::attribution: is the text \"none\" and should be a map"),
        // A value of another type.
        wrong(
            "processors:\n  batch:\n    send_batch_size: \"many\"\n",
            "3:22: processors::batch::send_batch_size: is the text \"many\" and should be a whole"
                + " number from 0 on"),
        wrong(
            "processors:\n  batch:\n    send_batch_size: -1\n",
            "3:22: processors::batch::send_batch_size: is -1 and should be"),
        wrong(
            "processors:\n  batch:\n    timeout: 5\n",
            "3:14: processors::batch::timeout: is the number 5 without a unit; write for example"
                + " 5s"),
        wrong(
            "processors:\n  batch:\n    timeout: soon\n",
            "3:14: processors::batch::timeout: is the text \"soon\" and should be a duration"),
        wrong(
            "exporters:\n  otlp_grpc:\n    endpoint: h:1\n    tls: {insecure: yes}\n",
            "4:21: exporters::otlp_grpc::tls::insecure: is the text \"yes\" and should be true or"
                + " false"),
        wrong(
            "exporters:\n  otlp_grpc:\n    endpoint: h:1\n    tls: true\n",
            "4:10: exporters::otlp_grpc::tls: is true and should be a map"),
        wrong(
            "exporters:\n  otlp_grpc:\n    endpoint: h:1\n    compression: gzpi\n",
            "4:18: exporters::otlp_grpc::compression: is the text \"gzpi\" and should be one of"
                + " gzip, zstd, none, \"\"; did you mean \"gzip\"?"),
        wrong(
            "receivers:\n  otlp:\n    protocols:\n      http: {endpoint: /run/otlp.sock}\n",
            "4:24: receivers::otlp::protocols::http::endpoint: is a path, which needs transport:"
                + " unix"),
        wrong(
            "receivers:\n  otlp:\n    protocols:\n      grpc: {transport: unix, endpoint: 'a:1'}\n",
            "4:41: receivers::otlp::protocols::grpc::endpoint: is no path, which transport: unix needs"),
        wrong(
            "extensions:\n  basicauth: {htpasswd: {}}\n",
            "2:25: extensions::basicauth::htpasswd: lacks file or inline"),
        wrong(
            "exporters:\n  otlp_http:\n    endpoint: unix:///run/otlp.sock\n",
            "3:15: exporters::otlp_http::endpoint: is a Unix socket, which only otlp_grpc speaks"
                + " to"),
        wrong(
            "exporters:\n  otlp_grpc:\n    endpoint: 'unix://'\n",
            "3:15: exporters::otlp_grpc::endpoint: names no socket"),
        wrong(
            "exporters:\n  otlp_grpc: {endpoint: 'h:1', auth: {authenticator: basicauth}}\n",
            "2:54: exporters::otlp_grpc::auth::authenticator: \"basicauth\" is no extension that"
                + " service::extensions starts"),
        wrong(
            "extensions:\n  bearertokenauth: {token: a, tokens: [b]}\n",
            "2:39: extensions::bearertokenauth::tokens: stands beside token; say one"),
        wrong(
            "extensions:\n  basicauth:\n    client_auth: {username: me}\n",
            "3:18: extensions::basicauth::client_auth: lacks password or password_file"),
        wrong(
            "exporters:\n  otlp_grpc:\n    endpoint: h:1\n    sending_queue: {enabled: false}\n",
            "4:30: exporters::otlp_grpc::sending_queue::enabled: is \"false\": goshawk does not do"
                + " this yet"),
        wrong(
            "exporters:\n  otlp_http:\n    endpoint: http://h:1\n    cookies: {enabled: true}\n",
            "4:5: exporters::otlp_http::cookies: is not supported"),
        wrong(
            "receivers:\n  goshawk:\n    include:\n      pids: 4711\n",
            "4:13: receivers::goshawk::include::pids: is 4711 and should be a list"),
        wrong(
            "receivers:\n  goshawk:\n    include:\n      pids: [1, x]\n",
            "4:17: receivers::goshawk::include::pids[1]: is the text \"x\" and should be"),
        wrong(
            "receivers:\n  goshawk:\n    include:\n      pids: ${env:LIST}\n",
            "4:13: receivers::goshawk::include::pids: is the text \"[1, 2]\" (from the variable"
                + " LIST) and should be a list"),
        wrong(
            "receivers:\n  otlp:\n    protocols:\n      grpc: {endpoint: 4317}\n",
            "4:24: receivers::otlp::protocols::grpc::endpoint: is 4317 and should be an address as"
                + " host:port"),
        // What does not go together.
        wrong(
            "receivers:\n  otlp:\n    protocols: {}\n",
            "3:16: receivers::otlp::protocols: needs grpc, http or both"),
        wrong(
            "processors:\n  memory_limiter:\n    check_interval: 1s\n",
            "3:5: processors::memory_limiter: needs limit_mib or limit_percentage"),
        wrong(
            "processors:\n  batch: {send_batch_size: 10, send_batch_max_size: 5}\n",
            "2:53: processors::batch::send_batch_max_size: is less than send_batch_size"),
        wrong(
            "processors:\n  attributes:\n    actions:\n      - {key: a, action: insert}\n",
            "4:9: processors::attributes::actions[0]: lacks value or from_attribute"),
        wrong(
            "processors:\n  attributes:\n    actions:\n      - {key: a, action: extract,"
                + " pattern: '('}\n",
            "4:44: processors::attributes::actions[0]::pattern: \"(\" is no regular expression"),
        wrong(
            "processors:\n  attributes:\n    actions:\n      - {key: a, action: extract,"
                + " pattern: '(.)'}\n",
            "4:44: processors::attributes::actions[0]::pattern: has no named group"),
        wrong(
            "processors:\n  attributes:\n    actions:\n      - {key: a, action: insert, value: 1,"
                + " converted_type: int}\n",
            "4:60: processors::attributes::actions[0]::converted_type: means nothing to insert"),
        wrong(
            "processors:\n  attributes:\n    include: {match_type: regexp, resources: [{key: a,"
                + " value: '('}]}\n    actions: [{key: a, action: delete}]\n",
            "3:63: processors::attributes::include::resources[0]::value: \"(\" is no regular"
                + " expression"),
        wrong(
            "processors:\n  attributes:\n    exclude: {match_type: regexp, libraries: [{name:"
                + " '['}]}\n    actions: [{key: a, action: delete}]\n",
            "3:54: processors::attributes::exclude::libraries[0]::name: \"[\" is no regular"
                + " expression"),
        wrong(
            "exporters:\n  otlp_http:\n    endpoint: localhost:4318\n",
            "3:15: exporters::otlp_http::endpoint: \"localhost:4318\" does not start with http://"),
        wrong(
            "exporters:\n  otlp_http:\n    timeout: 1s\n",
            "3:5: exporters::otlp_http: lacks endpoint"),
        wrong("exporters:\n  file:\n", "2:3: exporters::file: lacks path"),
        wrong(
            "exporters:\n  otlp_grpc: {endpoint: 'h:1', sending_queue: {storage: file_storage}}\n",
            "2:57: exporters::otlp_grpc::sending_queue::storage: \"file_storage\" is no extension"
                + " that service::extensions starts"),
        wrong(
            "processors:\n  filter:\n    traces:\n      span:\n        - nam == \"x\"\n",
            "5:11: processors::filter::traces::span[0]: at character 1: \"nam\" is not known; did"
                + " you mean \"name\"?"),
        // What the Collector knows and goshawk does not.
        wrong(
            "receivers:\n  hostmetrics:\n    scrapers: {cpu: }\n",
            "2:3: receivers::hostmetrics: goshawk has no receiver \"hostmetrics\"; known are"
                + " goshawk, otlp"),
        wrong(
            "processors:\n  k8sattributes:\n  batchh:\n",
            "2:3: processors::k8sattributes: goshawk has no processor \"k8sattributes\""),
        wrong(
            "processors:\n  batchh:\n",
            "2:3: processors::batchh: goshawk has no processor \"batchh\"; did you mean"
                + " \"batch\"?"),
        wrong(
            "processors:\n  batch:\n    metadata_keys: [x]\n",
            "3:5: processors::batch::metadata_keys: is not supported: goshawk does not do this"
                + " yet"),
        // The rest of the tree.
        wrong(
            "recievers: {}\n",
            "1:1: recievers: is no part of a configuration; did you mean" + " \"receivers\"?"),
        wrong(
            "processors: [batch]\n",
            "1:13: processors: should be a map with a key for each" + " processor"),
        wrong("processors: {/x: }\n", "1:14: processors::/x: is no name of a component"),
        wrong(
            "exporters:\n  otlp/a: {endpoint: 'h:1'}\n  otlp_grpc/a: {endpoint: 'h:2'}\n",
            "3:3: exporters::otlp_grpc/a: is the same exporter as at CONFIG:2:3"),
        wrong(
            "processors:\n  batch:\n  batch:\n",
            "3:3: processors: \"batch\" is here a second" + " time, after CONFIG:2:3"),
        wrong(
            "processors:\n  batch: {timeout: '${env:1}'}\n",
            "2:20: processors::batch::timeout:" + " \"${env:1}\" names no environment variable"),
        wrong(
            "processors:\n  batch: {timeout: '${env:X'}\n",
            "2:20: processors::batch::timeout:" + " has a ${ that no } closes"));
  }

  static Stream<Arguments> services() {
    return Stream.of(
        wrong("", " lacks service, which says what runs"),
        wrong("service:\n", "1:1: service: lacks pipelines"),
        wrong("service: {pipelines: {}}\n", "1:22: service::pipelines: is empty"),
        wrong(
            "service: {pipelines: {traces: {receivers: [goshawk]}}}\n",
            "1:31: service::pipelines::traces: lacks exporters"),
        wrong(
            "service: {pipelines: {traces: {receivers: [], exporters: []}}}\n",
            "1:43: service::pipelines::traces::receivers: is empty"),
        wrong(
            "service: {pipelines: {logs: {receivers: [goshawk], exporters: [nop]}}}\n",
            "1:23: service::pipelines::logs: goshawk has no pipelines for logs"),
        wrong(
            "service: {pipelines: {trace: {receivers: [goshawk], exporters: [nop]}}}\n",
            "1:23: service::pipelines::trace: is no pipeline; write traces"),
        wrong(
            "receivers: {goshawk: }\nexporters: {nop: }\n"
                + "service: {pipelines: {traces: {receivers: [goshak], exporters: [nop]}}}\n",
            "3:44: service::pipelines::traces::receivers[0]: \"goshak\" is no receiver that is"
                + " defined; did you mean \"goshawk\"?"),
        wrong(
            "receivers: {goshawk: }\nexporters: {nop: }\n"
                + "service: {pipelines: {metrics: {receivers: [goshawk], exporters: [nop]}}}\n",
            "3:45: service::pipelines::metrics::receivers[0]: \"goshawk\" gives no metrics"),
        wrong(
            "receivers: {goshawk: }\nexporters: {nop: }\n"
                + "service: {pipelines: {traces: {receivers: [goshawk], exporters: [nop, nop]}}}\n",
            "3:71: service::pipelines::traces::exporters[1]: \"nop\" is here a second time"),
        wrong(
            "receivers: {goshawk: }\nconnectors: {span_metrics: }\n"
                + "service: {pipelines: {traces: {receivers: [goshawk], exporters: [span_metrics]}}}\n",
            "2:14: connectors::span_metrics: is an exporter of a pipeline and a receiver of none"),
        wrong(
            "receivers: {goshawk: }\nexporters: {nop: }\nservice: {telemetry: {metrics: {readers: ["
                + "{periodic: {exporter: {otlp: {protocol: http/protobuf, endpoint: nowhere}}}}]}},"
                + " pipelines: {traces: {receivers: [goshawk], exporters: [nop]}}}\n",
            "3:108: service::telemetry::metrics::readers[0]::periodic::exporter::otlp::endpoint:"),
        wrong(
            "receivers: {goshawk: }\nexporters: {file: {path: a}}\nconnectors: {span_metrics: }\n"
                + "service: {pipelines: {traces: {receivers: [goshawk], exporters: [span_metrics, file]},"
                + " metrics: {receivers: [span_metrics], exporters: [file]}}}\n",
            "2:13: exporters::file: is in pipelines of traces and of metrics; define one with another"
                + " file for each"),
        connector(
            "span_metrics: {histogram: {explicit: {buckets: [1ms, 1ms]}}}",
            "3:61: connectors::span_metrics::histogram::explicit::buckets[1]: is no more than the"
                + " bound before it"),
        connector(
            "span_metrics: {histogram: {explicit: {}, exponential: {}}}",
            "3:68: connectors::span_metrics::histogram::exponential: stands beside explicit; say one"),
        connector(
            "span_metrics: {dimensions: [{name: a}, {name: span.kind}]}",
            "3:60: connectors::span_metrics::dimensions[1]::name: is a dimension already"),
        connector(
            "span_metrics: {aggregation_temporality: delta}",
            "3:54: connectors::span_metrics::aggregation_temporality: is the text \"delta\" and should"
                + " be one of AGGREGATION_TEMPORALITY_CUMULATIVE, AGGREGATION_TEMPORALITY_DELTA"),
        connector(
            "span_metrics: {events: {enabled: true}}",
            "3:29: connectors::span_metrics::events: is not supported: goshawk does not do this yet"),
        connector(
            "service_graph: {exponential_histogram_max_size: 1}",
            "3:62: connectors::service_graph::exponential_histogram_max_size: is 1; there must be two"
                + " buckets at least"),
        wrong(
            "extensions:\n  headers_setter:\n    headers:\n"
                + "      - {key: X-Scope-OrgID, from_context: tenant}\n",
            "4:30: extensions::headers_setter::headers[0]::from_context: is not supported: goshawk"
                + " keeps nothing of the requests that spans came with; say value or value_file"),
        wrong(
            "receivers: {goshawk: }\nexporters: {nop: }\nservice:\n  extensions: [zpages]\n"
                + "  pipelines: {traces: {receivers: [goshawk], exporters: [nop]}}\n",
            "4:16: service::extensions[0]: \"zpages\" is no extension that is defined"),
        wrong(
            "receivers: {goshawk: }\nextensions: {zpages: }\nexporters:\n"
                + "  otlp_grpc: {endpoint: 'h:1', auth: {authenticator: zpages}}\n"
                + "service:\n  extensions: [zpages]\n"
                + "  pipelines: {traces: {receivers: [goshawk], exporters: [otlp_grpc]}}\n",
            "4:54: exporters::otlp_grpc::auth::authenticator: \"zpages\" is an extension of another"
                + " kind; this takes basicauth or bearertokenauth or headers_setter"));
  }

  /** In the third line, from its fourteenth column on. */
  private static Arguments connector(String written, String message) {
    String type = written.substring(0, written.indexOf(':'));
    return wrong(
        "receivers: {goshawk: }\nexporters: {nop: }\nconnectors: {"
            + written
            + "}\nservice: {pipelines: {traces: {receivers: [goshawk], exporters: ["
            + type
            + "]}, metrics: {receivers: ["
            + type
            + "], exporters: [nop]}}}\n",
        message);
  }

  private static Arguments wrong(String yaml, String message) {
    return Arguments.of(yaml, message);
  }

  @ParameterizedTest
  @MethodSource("values")
  void aWrongValue(String yaml, String message, @TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("config.yaml"), yaml);
    Path rest = Files.writeString(folder.resolve("rest.yaml"), REST);
    assertRefused(List.of(rest.toString(), file.toString()), file, message);
  }

  @ParameterizedTest
  @MethodSource("services")
  void aWrongService(String yaml, String message, @TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("config.yaml"), yaml);
    assertRefused(List.of(file.toString()), file, message);
  }

  @Test
  void everythingThatIsWrongIsSaidAtOnce(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("config.yaml"),
            """
            receivers: {goshawk: {includ: 1}, jaeger: }
            processors: {batch: {timeout: x}}
            exporters: {otlp_grpc: , kafka/a: }
            service: {pipelines: {traces: {receivers: [goshawk], exporters: [otlp_grpc, foo]}}}
            """);
    assertThatThrownBy(() -> load(List.of(file.toString()), Catalogue.complete()))
        .isInstanceOfSatisfying(
            InvalidConfigException.class,
            e ->
                assertThat(e.errors())
                    .extracting(finding -> finding.origin() + " " + finding.path())
                    .containsExactly(
                        file + ":1:23 receivers::goshawk::includ",
                        file + ":1:35 receivers::jaeger",
                        file + ":2:31 processors::batch::timeout",
                        file + ":3:13 exporters::otlp_grpc",
                        file + ":3:26 exporters::kafka/a",
                        file + ":4:77 service::pipelines::traces::exporters[1]"));
  }

  @Test
  void whatIsDeclaredAndCannotRunYetIsRefusedByName() {
    for (Declaration declaration : Catalogue.standard().declared()) {
      if (!Catalogue.standard().runs(declaration)) {
        assertThatThrownBy(
                () ->
                    load(
                        List.of(
                            "yaml:" + REST,
                            "yaml:" + declaration.kind().key() + "::" + declaration.type() + ": "),
                        Catalogue.standard()))
            .hasMessageContaining(
                "goshawk cannot run the %s \"%s\" yet"
                    .formatted(declaration.kind(), declaration.type()));
      }
    }
  }

  @Test
  void aSecretIsInNoMessage() {
    for (String settings :
        new String[] {
          "endpoint: 'http://me:s3cr3t@host'", "headers: {a: [s3cr3t]}", "proxy_url: {x: s3cr3t}"
        }) {
      assertThatThrownBy(
              () ->
                  load(
                      List.of("yaml:" + REST, "yaml:exporters::otlp_http: {" + settings + "}"),
                      Catalogue.complete()))
          .isInstanceOf(InvalidConfigException.class)
          .message()
          .startsWith("yaml:1:")
          .doesNotContain("s3cr3t");
    }
  }

  private static void assertRefused(List<String> sources, Path file, String message) {
    assertThatThrownBy(() -> load(sources, Catalogue.complete()))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining(file + ":" + message.replace("CONFIG", file.toString()));
  }

  private static void load(List<String> sources, Catalogue catalogue) {
    ConfigLoader.load(sources, Map.of("LIST", "[1, 2]"), MapNode.empty(Origin.DEFAULT), catalogue);
  }
}
