// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Calls over gRPC in programs that older releases of Go have built, with the oldest gRPC and the
 * newest that each builds: all are one span of their client and one of their server, with the right
 * status and parent.
 */
@Tag("matrix")
class GrpcMatrixTest {

  private static final int REQUESTS = 50;

  /**
   * Unary calls and streams, each with one of both kinds below it, of their client and server; one
   * that the server is asked for again, and one before which another of those is made.
   */
  private static final int CALLS = REQUESTS * (2 * 3 * 2 + 3 + 2 + 3);

  private static final Duration INSPECT_LIMIT = Duration.ofMinutes(1);

  private static final String MODULE = "tests/go/grpc";

  /** The metadata that a call is known by. */
  private static final String NUMBER = "number";

  private static final Pattern VALUE = Pattern.compile("\"stringValue\":\"(\\w+)\"");

  /**
   * Its clients do not know a stream's number before its request is written, and try nothing again.
   */
  private static final String UNLINKED = "1.40.0";

  private static final String CLIENT = "the client of ";

  private final Path folder = Repository.scratch("grpc-matrix");

  @ParameterizedTest(name = "Go {0}, gRPC {1}")
  @CsvSource({
    "1.17, 1.40.0",
    "1.17, 1.50.1",
    "1.18, 1.55.0",
    "1.19, 1.60.1",
    "1.20, 1.62.2",
    "1.21, 1.40.0",
    "1.21, 1.63.2",
    "1.22, 1.70.0",
    "1.23, 1.40.0",
    "1.23, 1.72.2"
  })
  void everyCallIsOneSpanUnderItsParent(String go, String release) {
    Path program =
        GoToolchain.of(go).build(MODULE, "./plain", "-modfile=" + modules(release) + ".mod");
    assertThat(inspect(program)).contains("3 per call of a gRPC client");
    assertTruth(program, !release.equals(UNLINKED));
  }

  /** What it imports lies in its own folder then, under the same names. */
  @ParameterizedTest(name = "Go {0}, gRPC {1}")
  @CsvSource({"1.17, 1.50.1", "1.21, 1.63.2", "1.27, 1.72.2"})
  void soIsThatOfOneWithVendoredModules(String go, String release) throws IOException {
    Path sources = Repository.ROOT.resolve(MODULE);
    Path module = Files.createDirectory(folder.resolve("vendored"));
    Files.createDirectory(module.resolve("plain"));
    Files.copy(sources.resolve("plain/main.go"), module.resolve("plain/main.go"));
    Files.copy(sources.resolve(modules(release) + ".mod"), module.resolve("go.mod"));
    Files.copy(sources.resolve(modules(release) + ".sum"), module.resolve("go.sum"));
    GoToolchain.of(go).vendor(module);
    assertThat(module.resolve("vendor/google.golang.org/grpc/server.go")).exists();
    assertTruth(GoToolchain.of(go).build(module.toString(), "./plain", "-mod=vendor"), true);
  }

  private String inspect(Path program) {
    String launcher = Repository.ROOT.resolve("bin/goshawk").toString();
    return ChildProcess.run(
        folder, Map.of(), INSPECT_LIMIT, List.of(launcher, "inspect", program.toString()));
  }

  /** Its go.mod and go.sum, without their endings. */
  private static String modules(String release) {
    return "releases/plain-" + release;
  }

  private void assertTruth(Path program, boolean linked) {
    Path truth = folder.resolve("truth.jsonl");
    Path traced = folder.resolve("traced.jsonl");
    CapturedRun.of(
        folder,
        Map.of(),
        List.of(
            "--capture-headers=rpc_server_request=" + NUMBER,
            "--capture-headers=rpc_client_request=" + NUMBER),
        traced,
        program,
        "--log",
        truth.toString(),
        "--requests",
        Integer.toString(REQUESTS));
    List<String> expected = new ArrayList<>();
    JsonLines.read(
        truth,
        call -> {
          String kind = call.get("kind").getAsString();
          String number = call.get("number").getAsString();
          String parent = call.get("parent").getAsString();
          if (kind.equals("server") && linked) {
            parent = CLIENT + number;
          }
          expected.add(
              describe(
                  kind,
                  number,
                  call.get("method").getAsString(),
                  call.get("code").getAsString(),
                  parent));
        });
    assertThat(expected).hasSize(linked ? CALLS : CALLS - 2 * REQUESTS);
    assertThat(described(traced)).containsExactlyInAnyOrderElementsOf(expected);
  }

  private static List<String> described(Path traced) {
    Map<String, String> numbers = new HashMap<>();
    List<TracedSpan> spans = new ArrayList<>();
    TracedSpan.read(
        traced,
        span -> {
          spans.add(span);
          numbers.put(span.spanId(), (isServer(span) ? "" : CLIENT) + number(span));
        });
    return spans.stream()
        .map(
            span ->
                describe(
                    isServer(span) ? "server" : "client",
                    number(span),
                    span.name(),
                    String.valueOf(span.attributes().get("rpc.status_code")),
                    numbers.getOrDefault(span.parentSpanId(), span.parentSpanId())))
        .toList();
  }

  private static boolean isServer(TracedSpan span) {
    return span.kind() == TracedSpan.SERVER;
  }

  private static String number(TracedSpan span) {
    Matcher value =
        VALUE.matcher(String.valueOf(span.attributes().get("rpc.request.metadata." + NUMBER)));
    return value.find() ? value.group(1) : "";
  }

  private static String describe(
      String kind, String number, String method, String code, String parent) {
    return "%s %s, %s, %s, for %s".formatted(kind, number, method, code, parent);
  }
}
