// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.capture;

import io.goshawk.abi.Sampling;
import io.goshawk.abi.Settings;
import io.goshawk.loader.bpf.ObjectOptions;
import io.goshawk.loader.file.ExecutableFile;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoExecutables;
import io.goshawk.loader.go.OpenResult;
import io.goshawk.loader.probe.ProbePlanner;
import io.goshawk.loader.ring.RingReader;
import io.goshawk.loader.session.TracingSession;
import io.goshawk.spans.SpanBuilder;
import io.goshawk.spans.testing.Builders;
import io.goshawk.spans.testing.SpanText;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Traces the service that keeps the truth while it is driven, and writes the records wanted, with
 * the spans they become, into a folder. Needs what the agent needs.
 */
public final class RecordCapture {
  private static final int REQUESTS = 12_000;
  private static final int TARGETS = 4;
  private static final int HEX_CHARACTERS_A_LINE = 96;
  private static final int BINARY = 1;

  private RecordCapture() {}

  /**
   * Arguments: the service, its driver, the folder to write into.
   *
   * @throws IllegalStateException naming what was wanted and did not come
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path folder = Path.of(arguments[2]);
    List<byte[]> records = records(Path.of(arguments[0]), arguments[1]);
    System.out.println(records.size() + " records");

    SpanBuilder builder = Builders.builder();
    Set<Wanted> missing = new HashSet<>(Wanted.HTTP);
    for (byte[] record : records) {
      SpanData span = Builders.build(builder, record).span();
      if (span != null) {
        for (Wanted wanted : Wanted.HTTP) {
          if (missing.contains(wanted) && wanted.accepts(span)) {
            missing.remove(wanted);
            write(folder, wanted, record, span);
          }
        }
      }
    }
    if (!missing.isEmpty()) {
      throw new IllegalStateException("no record came for " + missing);
    }
  }

  private static void write(Path folder, Wanted wanted, byte[] record, SpanData span)
      throws IOException {
    List<String> lines = new ArrayList<>(List.of("# " + wanted.asked()));
    String hex = HexFormat.of().formatHex(record);
    for (int i = 0; i < hex.length(); i += HEX_CHARACTERS_A_LINE) {
      lines.add(hex.substring(i, Math.min(hex.length(), i + HEX_CHARACTERS_A_LINE)));
    }
    Files.write(folder.resolve(wanted.name() + ".hex"), lines);
    Files.writeString(folder.resolve(wanted.name() + ".span"), SpanText.of(span));
  }

  private static List<byte[]> records(Path service, String driver)
      throws IOException, InterruptedException {
    try (TracingSession session = TracingSession.load(ObjectOptions.DEFAULT, settings())) {
      // The probes go with this process.
      attach(session, service);
      Process served =
          new ProcessBuilder(service.toString(), "--log", "/dev/null")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      try (RingReader ring = session.ring()) {
        session.trace((int) served.pid(), BINARY);
        return drive(ring, served, driver);
      } finally {
        served.destroy();
        served.waitFor();
      }
    }
  }

  private static List<byte[]> drive(RingReader ring, Process served, String driver)
      throws IOException, InterruptedException {
    List<String> targets = new ArrayList<>();
    BufferedReader output = served.inputReader();
    while (targets.size() < TARGETS) {
      targets.add(output.readLine().replace(" listening on ", "="));
    }
    Process driving =
        new ProcessBuilder(
                driver,
                "--targets",
                String.join(",", targets),
                "--log",
                "/dev/null",
                "--requests",
                String.valueOf(REQUESTS))
            .inheritIO()
            .start();
    List<byte[]> records = new ArrayList<>();
    boolean ended;
    do {
      // What was written before the driver ended is read after it.
      ended = driving.waitFor(10, TimeUnit.MILLISECONDS);
      ring.drain(
          (bytes, offset, length) ->
              records.add(Arrays.copyOfRange(bytes, offset, offset + length)),
          Integer.MAX_VALUE);
    } while (!ended);
    return records;
  }

  private static void attach(TracingSession session, Path service) throws IOException {
    ExecutableFile file = ExecutableFile.open(service);
    if (!(GoExecutables.open(file.path()) instanceof OpenResult.Opened opened)) {
      throw new IllegalArgumentException(service + " is no Go executable");
    }
    try (GoExecutable executable = opened.executable()) {
      session.attach(BINARY, ProbePlanner.plan(executable), file);
    }
  }

  private static ByteBuffer settings() {
    ByteBuffer settings = ByteBuffer.allocate(Settings.SIZE).order(ByteOrder.nativeOrder());
    Settings.root(settings, 0, Sampling.SAMPLE_ALWAYS_ON.value());
    Settings.parentSampled(settings, 0, Sampling.SAMPLE_ALWAYS_ON.value());
    Settings.parentNotSampled(settings, 0, Sampling.SAMPLE_ALWAYS_OFF.value());
    Settings.wakeBytes(settings, 0, Long.MAX_VALUE);
    return settings;
  }
}
