// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.cli.Main;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A run of {@code goshawk} as a process of its own, with the flags that the launcher gives it. */
final class Command implements AutoCloseable {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Process process;
  private final Path out;
  private final Path err;

  private Command(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /**
   * Starts it.
   *
   * @param folder for what it prints
   * @param prefix what runs it: {@code setpriv …}
   */
  static Command start(Path folder, List<String> prefix, @Nullable Path stdin, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    // Whoever runs the tests in the background has SIGINT ignored, and children inherit that.
    command.addAll(List.of("env", "--default-signal"));
    command.addAll(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmx32m", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile(folder, "out", ".txt");
    Path err = Files.createTempFile(folder, "err", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.redirectInput(stdin == null ? new File("/dev/null") : stdin.toFile());
    return new Command(builder.start(), out, err);
  }

  static Command start(Path folder, String... arguments) throws IOException {
    return start(folder, List.of(), null, arguments);
  }

  /** Waits for its end. */
  int status() throws InterruptedException {
    assertThat(process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS))
        .as(() -> "goshawk ends within " + LIMIT + "; it said: " + err())
        .isTrue();
    return process.exitValue();
  }

  /** Waits until it has printed the text. */
  Command awaitOut(String text) {
    return await(text, out);
  }

  /** Waits until it has logged the text. */
  Command awaitErr(String text) {
    return await(text, err);
  }

  private Command await(String text, Path file) {
    Awaitility.await("'" + text + "' in what goshawk says")
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> Service.read(file).contains(text) || !process.isAlive());
    assertThat(Service.read(file)).as(() -> "what it says; on stderr: " + err()).contains(text);
    return this;
  }

  /** Sends a signal to it and to nothing else. */
  void signal(String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }

  String out() {
    return Service.read(out);
  }

  String err() {
    return Service.read(err);
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
