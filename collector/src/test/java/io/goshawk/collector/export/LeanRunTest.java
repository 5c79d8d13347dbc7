// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.testing.FakeHttpBackend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Delivery in a Java machine with the agent's lean flags. */
@Timeout(120)
class LeanRunTest {
  @TempDir Path folder;

  private String leanRun(List<String> flags, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx32m", "-XX:TieredStopAtLevel=1"));
    command.addAll(flags);
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(LeanRun.class.getName());
    command.addAll(List.of(arguments));
    Path output = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    boolean ended = process.waitFor(90, TimeUnit.SECONDS);
    process.destroyForcibly();
    String said = Files.readString(output, StandardCharsets.UTF_8);
    assertThat(ended).as(said).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    return said;
  }

  private static long counter(String json, String name) {
    Matcher matcher = Pattern.compile("\"" + name + "\":(\\d+)").matcher(json);
    assertThat(matcher.find()).as("%s in %s", name, json).isTrue();
    return Long.parseLong(matcher.group(1));
  }

  @Test
  void fullQueuesAndADeadBackendFitInto32MegabytesOfHeap() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = socket.getLocalPort();
    }
    String said =
        leanRun(
            List.of(),
            Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + closed),
            "200000",
            "drop");
    assertThat(said).contains("Connection refused").doesNotContain("OutOfMemoryError");
    assertThat(counter(said, "received")).isGreaterThanOrEqualTo(250_000);
    assertThat(counter(said, "exported")).isZero();
    assertThat(counter(said, "dropped_queue_full") + counter(said, "dropped_at_shutdown"))
        .isEqualTo(counter(said, "received"));
    assertThat(counter(said, "dropped_at_shutdown")).as("what the queue held").isEqualTo(8_192);
  }

  @Test
  void everySpanArrivesAndNothingOfGrpcIsLoadedForHttp() throws Exception {
    Path classes = folder.resolve("classes");
    String said;
    try (FakeHttpBackend backend = new FakeHttpBackend()) {
      said =
          leanRun(
              List.of("-Xlog:class+load:file=" + classes),
              Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:" + backend.port()),
              "20480",
              "wait");
      assertThat(backend.requests()).isNotEmpty();
    }
    assertThat(counter(said, "exported"))
        .isEqualTo(counter(said, "received"))
        .isGreaterThanOrEqualTo(25_600);
    assertThat(Files.readString(classes))
        .contains("io.goshawk.collector.export.http.NettyHttpSender ")
        .doesNotContain(" io.grpc.");
  }
}
