// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Files that cannot take what is to be written: their spans are counted, others get theirs. */
class OutputTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Path folder = Repository.scratch("output");
  private final Path other = folder.resolve("other.jsonl");

  @Test
  void aFullDiskCostsTheFileOnItAndLeavesItReadable() {
    Path disk = folder.resolve("disk");
    Path copy = folder.resolve("copy.jsonl");
    Path spans = disk.resolve("spans.jsonl");
    // The disk is of this agent's own mount namespace, and gone with it; hence the copy.
    String script =
        "mkdir %1$s && mount -t tmpfs -o size=16k none %1$s && %2$s \"$@\"; status=$?; cp %3$s %4$s;"
            + " exit $status";
    try (Service service = Service.start(folder);
        ChildProcess shell =
            Ended.start(
                folder,
                MountNamespace.running(script.formatted(disk, Ended.LAUNCHER, spans, copy)),
                Map.of(),
                "run",
                "--pid",
                service.pid(),
                "--exporter",
                "file=" + spans,
                "--exporter",
                "file=" + other)) {
      shell.awaitErrors("tracing process");
      // A batch is one line: the first ones fit on the disk, all of them in one might not.
      service.get("/asked", 3);
      Awaitility.await().atMost(LIMIT).until(() -> SpanFile.paths(other).size() == 3);
      service.get("/asked", 197);
      service.process().terminate(LIMIT);
      Ended ended = Ended.of(shell, shell.awaitExit(LIMIT));

      assertThat(ended.status()).as(ended.errors()).isZero();
      assertThat(ended.errors())
          .contains("cannot write " + spans + ": No space left on device; free space or choose")
          .containsPattern("refused by the backend +\\d+ +0\n")
          .contains("adds up: every request");
      assertThat(SpanFile.paths(other)).hasSize(200);
      String written = SpanFile.read(copy);
      assertThat(SpanFile.paths(written).size()).isBetween(1, 199);
      assertThat(written.lines())
          .allMatch(line -> line.startsWith("{\"resourceSpans\"") && line.endsWith("}"));
      assertThat(written).endsWith("}\n");
    }
  }

  @Test
  void aDeviceThatIsAlwaysFullCostsItsSpansOnly() {
    try (Service service = Service.start(folder);
        ChildProcess agent =
            Ended.start(
                folder,
                List.of(),
                Map.of(),
                "run",
                "--pid",
                service.pid(),
                "--exporter",
                "file=/dev/full",
                "--exporter",
                "file=" + other)) {
      agent.awaitErrors("tracing process");
      service.get("/asked", 20);
      Ended ended = Ended.of(agent, agent.terminate(LIMIT));

      assertThat(ended.status()).as(ended.errors()).isZero();
      assertThat(ended.errors())
          .contains("cannot write /dev/full: No space left on device")
          .containsPattern("exported +0 +20\n")
          .containsPattern("refused by the backend +20 +0\n")
          .contains("adds up: every request");
      assertThat(SpanFile.paths(other)).hasSize(20);
    }
  }

  @Test
  void aFileThatMayNotBeWrittenIsToldBeforeAnythingStarts() {
    Path secret = folder.resolve("secret");
    Ended ended =
        Ended.run(
            folder,
            List.of(
                "sh",
                "-c",
                // Of another user, and closed to a root that has no more rights than others.
                "install -d -o 65534 -m 700 %s && exec setpriv --bounding-set=-all --inh-caps=-all"
                        .formatted(secret)
                    + " \"$0\" \"$@\""),
            Map.of(),
            "capture",
            "-o",
            secret.resolve("spans.jsonl").toString(),
            "--",
            "touch",
            folder.resolve("mark").toString());

    assertThat(ended.status()).as(ended.errors()).isEqualTo(2);
    assertThat(ended.errors())
        .contains("cannot write " + secret + "/spans.jsonl: permission denied; name a file in a");
    assertThat(folder.resolve("mark")).doesNotExist();
  }

  /** To open it would wait for its other end, and no signal would end that. */
  @Test
  void aNamedPipeThatNobodyHoldsIsToldInsteadOfWaitedFor() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Path mark = folder.resolve("mark");
    Ended capture =
        Ended.run(folder, "capture", "-o", pipe.toString(), "--", "touch", mark.toString());
    assertThat(capture.status()).as(capture.errors()).isEqualTo(2);
    assertThat(capture.errors()).contains("cannot write " + pipe + ": nobody reads it");
    assertThat(mark).doesNotExist();

    Map<String, String> certificate = Map.of("OTEL_EXPORTER_OTLP_CERTIFICATE", pipe.toString());
    Ended run = Ended.run(folder, List.of(), certificate, "run", "--pid", "1");
    assertThat(run.status()).as(run.errors()).isEqualTo(2);
    assertThat(run.errors()).contains("is no file that can be read");
  }

  /** What a client may send without rights: kilobytes a request that are no text, and fast. */
  @Test
  void aFloodOfWhatIsNoTextCostsNoExporterItsLife() throws Exception {
    try (Service service = Service.start(folder);
        Goshawk agent =
            Goshawk.attached(
                folder,
                Map.of(),
                "run",
                "--pid",
                service.pid(),
                "--exporter",
                "file=" + other,
                "--exporter",
                "console")) {
      flood(service, 4_000);
      // Nor is it worse off afterwards.
      Awaitility.await()
          .atMost(LIMIT)
          .until(
              () -> {
                service.get("/after");
                return SpanFile.paths(other).contains("/after");
              });

      Summary summary = agent.stop();
      assertThat(summary.addsUp()).as(summary.text()).isTrue();
      assertThat(summary.count("requests seen")).isGreaterThan(4_000);
      assertThat(SpanFile.paths(other)).hasSize((int) summary.count("exported"));
      assertThat(agent.process().errors())
          .doesNotContain("OutOfMemory", "the exporter failed", "failed, and should not have");
      assertThat(Files.readString(other).lines())
          .allMatch(line -> line.startsWith("{\"resourceSpans\"") && line.endsWith("}"));
    }
  }

  /** Requests over one connection, without a pause between them. */
  private static void flood(Service service, int requests) throws IOException {
    String[] address = service.address().split(":");
    try (Socket socket = new Socket(address[0], Integer.parseInt(address[1]))) {
      socket.setSoTimeout((int) LIMIT.toMillis());
      Thread writer = new Thread(() -> write(socket, requests), "flood");
      writer.start();
      InputStream answers = socket.getInputStream();
      byte[] buffer = new byte[64 * 1024];
      while (answers.read(buffer) >= 0) {}
    }
  }

  private static void write(Socket socket, int requests) {
    try {
      OutputStream out = new BufferedOutputStream(socket.getOutputStream());
      for (int i = 1; i <= requests; i++) {
        String request =
            "GET /%d%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s\r\n%s\r\n"
                .formatted(
                    i,
                    "\u00e9".repeat(1_900),
                    "h".repeat(200),
                    "\u00e9".repeat(250),
                    i == requests ? "Connection: close\r\n" : "");
        out.write(request.getBytes(StandardCharsets.ISO_8859_1));
      }
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
