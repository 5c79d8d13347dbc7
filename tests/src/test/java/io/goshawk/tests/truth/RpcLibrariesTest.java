// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Repository;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Calls of programs that others wrote: gRPC's own for proving that its implementations understand
 * each other, and libraries that stand on net/http or gRPC (docs/rpc-libraries.md).
 */
@Tag("matrix")
class RpcLibrariesTest {
  private static final String TEST_SERVICE = "grpc.testing.TestService/";

  /**
   * The cases that need neither a cloud nor xDS (grpc/grpc, doc/interop-test-descriptions.md), each
   * of which makes sure itself that it saw what it had to.
   */
  private static final List<String> CASES =
      List.of(
          "empty_unary",
          "large_unary",
          "client_streaming",
          "server_streaming",
          "ping_pong",
          "empty_stream",
          "timeout_on_sleeping_server",
          "cancel_after_begin",
          "cancel_after_first_response",
          "status_code_and_message",
          "special_status_message",
          "custom_metadata",
          "unimplemented_method",
          "unimplemented_service",
          "rpc_soak",
          "channel_soak");

  /** Calls of all cases together, as their descriptions have them; each kind of soak is ten. */
  private static final Map<String, Integer> CALLS =
      Map.ofEntries(
          Map.entry(TEST_SERVICE + "EmptyCall OK", 1),
          Map.entry(TEST_SERVICE + "UnaryCall OK", 2 + 10 + 10),
          Map.entry(TEST_SERVICE + "UnaryCall UNKNOWN", 2),
          Map.entry(TEST_SERVICE + "StreamingInputCall OK", 1),
          Map.entry(TEST_SERVICE + "StreamingInputCall CANCELLED", 1),
          Map.entry(TEST_SERVICE + "StreamingOutputCall OK", 1),
          Map.entry(TEST_SERVICE + "FullDuplexCall OK", 3),
          Map.entry(TEST_SERVICE + "FullDuplexCall UNKNOWN", 1),
          Map.entry(TEST_SERVICE + "FullDuplexCall CANCELLED", 1),
          Map.entry(TEST_SERVICE + "FullDuplexCall DEADLINE_EXCEEDED", 1),
          Map.entry(TEST_SERVICE + "UnimplementedCall UNIMPLEMENTED", 1),
          Map.entry("grpc.testing.UnimplementedService/UnimplementedCall UNIMPLEMENTED", 1));

  private final Path folder = Repository.scratch("rpc-libraries");
  private final GoToolchain go = GoToolchain.of("1.26");

  @Test
  void everyCaseOfGrpcsOwnInteroperabilityIsTraced() throws IOException {
    Path script = folder.resolve("cases.sh");
    Files.writeString(
        script,
        """
        set -e
        "$1" --port "$3" 2>server.err & server=$!
        trap 'kill $server' EXIT
        until (exec 3<>"/dev/tcp/127.0.0.1/$3") 2>/dev/null; do kill -0 $server; sleep 0.1; done
        for name in %s; do
          "$2" --server_host 127.0.0.1 --server_port "$3" --test_case $name
        done
        """
            .formatted(String.join(" ", CASES)));
    Map<String, Integer> clients = new TreeMap<>();
    Map<String, Integer> servers = new TreeMap<>();
    for (TracedSpan span :
        spans(
            Path.of("/bin/bash"),
            script.toString(),
            interop("server").toString(),
            interop("client").toString(),
            String.valueOf(freePort()))) {
      String call = method(span) + " " + span.attributes().get("rpc.status_code");
      (span.kind() == TracedSpan.CLIENT ? clients : servers).merge(call, 1, Integer::sum);
    }
    assertThat(clients).isEqualTo(new TreeMap<>(CALLS));
    // What its client gives up may end there before it, by another reason, or never come to it.
    Map<String, Integer> answered = new TreeMap<>(CALLS);
    answered.keySet().removeIf(RpcLibrariesTest::isGivenUp);
    servers.keySet().removeIf(RpcLibrariesTest::isGivenUp);
    assertThat(servers).isEqualTo(answered);
  }

  private static boolean isGivenUp(String call) {
    return call.endsWith(" CANCELLED") || call.endsWith(" DEADLINE_EXCEEDED");
  }

  private static Object method(TracedSpan span) {
    Object original = span.attributes().get("rpc.method_original");
    return original == null ? span.attributes().get("rpc.method") : original;
  }

  @Test
  void librariesOverHttpAndGrpcHaveTheSpansOfWhatTheyStandOn() {
    Path program = go.build("tests/go/rpc", ".");
    Map<String, Integer> seen = new HashMap<>();
    Map<String, TracedSpan> byId = new HashMap<>();
    List<TracedSpan> spans = spans(program);
    spans.forEach(span -> byId.put(span.spanId(), span));
    for (TracedSpan span : spans) {
      Map<String, Object> attributes = span.attributes();
      TracedSpan parent = byId.get(span.parentSpanId());
      Object code = attributes.get("rpc.status_code");
      seen.merge(
          (span.kind() == TracedSpan.CLIENT ? "client " : "server ")
              + span.name()
              + " "
              + (code == null ? attributes.get("http.response.status_code") : code)
              + (parent != null && parent.kind() == TracedSpan.SERVER
                  ? " for " + parent.path()
                  : ""),
          1,
          Integer::sum);
    }
    String hats = "server POST /twirp/twitch.twirp.example.Haberdasher/ ";
    assertThat(seen)
        .isEqualTo(
            Map.ofEntries(
                // connect-go: an error is an HTTP status in its own protocol, and a trailer else.
                Map.entry("client POST 200", 3 + 2 + 3 + 1),
                Map.entry("client POST 400", 1 + 1),
                Map.entry("server POST /shop.Orders/Place 200", 1 + 2 + 2),
                Map.entry("server POST /shop.Orders/Place 400", 1),
                Map.entry("server POST /shop.Orders/Watch 200", 3),
                // grpc-gateway
                Map.entry("client GET 200", 1),
                Map.entry("client GET 404", 1),
                Map.entry("server GET 200", 1),
                Map.entry("server GET 404", 1),
                Map.entry("client grpc.health.v1.Health/Check OK for /healthz", 1),
                Map.entry("client grpc.health.v1.Health/Check NOT_FOUND for /healthz", 1),
                Map.entry("server grpc.health.v1.Health/Check OK", 1),
                Map.entry("server grpc.health.v1.Health/Check NOT_FOUND", 1),
                // twirp
                Map.entry(hats + "200", 1),
                Map.entry(hats + "400", 1)));
  }

  private Path interop(String side) {
    return go.build("tests/go/grpc", "google.golang.org/grpc/interop/" + side);
  }

  private List<TracedSpan> spans(Path program, String... arguments) {
    Path traced = folder.resolve("traced.jsonl");
    CapturedRun.of(folder, traced, program, arguments);
    List<TracedSpan> spans = new ArrayList<>();
    TracedSpan.read(traced, spans::add);
    return spans;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
