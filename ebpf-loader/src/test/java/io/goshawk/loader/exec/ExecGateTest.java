// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With real commands. Needs root. */
@Timeout(60)
final class ExecGateTest {

  @TempDir Path folder;

  /** Which files, not by which names: those that the kernel tells may be of another root. */
  private final ConcurrentLinkedQueue<Object> seen = new ConcurrentLinkedQueue<>();

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch answer = new CountDownLatch(1);

  @Test
  void asksBeforeAnyProgramOfTheCommandIsExecuted() throws Exception {
    Path mark = folder.resolve("mark");
    Path touch = program("touch");
    ExecGate gate = gateThatHolds(touch);
    try {
      Process process = gate.start(shell(touch + " " + mark));
      assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(process.waitFor(200, TimeUnit.MILLISECONDS)).as("it has ended").isFalse();
      assertThat(mark).doesNotExist();
      answer.countDown();
      assertThat(process.waitFor()).isZero();
      assertThat(mark).exists();
      assertThat(seen).contains(file(program("sh")), file(touch));
    } finally {
      answer.countDown();
      gate.close();
    }
  }

  @Test
  void letsNobodyElseWait() throws Exception {
    ExecGate gate = ExecGate.open(this::see);
    try {
      Process process = gate.start(shell("read line"));
      assertThat(new ProcessBuilder(program("uname").toString()).start().waitFor()).isZero();
      process.getOutputStream().close();
      process.waitFor();
      assertThat(seen).contains(file(program("sh"))).doesNotContain(file(program("uname")));
    } finally {
      gate.close();
    }
  }

  @Test
  void executesWhatTheWatcherFailsOn() throws Exception {
    ExecGate gate =
        ExecGate.open(
            file -> {
              see(file);
              if (seen.size() % 2 == 0) {
                throw new IOException("no");
              }
              throw new IllegalStateException("never");
            });
    try {
      assertThat(gate.start(shell(program("true") + " && exit 3")).waitFor()).isEqualTo(3);
      assertThat(seen).hasSizeGreaterThan(2);
    } finally {
      gate.close();
    }
  }

  @Test
  void survivesTheDeathOfAProcessThatWaits() throws Exception {
    Path uname = program("uname");
    ExecGate gate = gateThatHolds(uname);
    try {
      // The inner shell is killed while it waits to become uname.
      Process process = gate.start(shell("(exec " + uname + "); exec " + program("true")));
      assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
      process.children().forEach(ProcessHandle::destroyForcibly);
      answer.countDown();
      assertThat(process.waitFor()).isZero();
      assertThat(seen).contains(file(program("true")));
    } finally {
      answer.countDown();
      gate.close();
    }
  }

  @Test
  void letsGoWhatWaitsAndWhatComesLaterWhenItIsClosed() throws Exception {
    ExecGate gate =
        ExecGate.open(
            file -> {
              see(file);
              asked.countDown();
            });
    Process process = gate.start(shell("read line; " + program("uname") + "; exit 4"));
    assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
    gate.close();
    process.getOutputStream().close();
    assertThat(process.waitFor()).isEqualTo(4);
    assertThat(seen).doesNotContain(file(program("uname")));
  }

  @Test
  void showsTheCommandWhatIsMountedAndWhereItWasStarted() throws Exception {
    ExecGate gate = ExecGate.open(this::see);
    try {
      Process process = gate.start(new ProcessBuilder("pwd", "-P").directory(folder.toFile()));
      assertThat(new String(process.getInputStream().readAllBytes()).strip())
          .isEqualTo(folder.toRealPath().toString());
    } finally {
      gate.close();
    }
  }

  @Test
  void saysWhyACommandCannotBeExecuted() throws Exception {
    ExecGate gate = ExecGate.open(this::see);
    try {
      assertThatThrownBy(() -> gate.start(new ProcessBuilder(folder.toString())))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(folder.toString());
    } finally {
      gate.close();
    }
  }

  /** A gate that keeps a program waiting until it is answered. */
  private ExecGate gateThatHolds(Path program) throws IOException {
    return ExecGate.open(
        file -> {
          see(file);
          if (Files.isSameFile(file, program)) {
            asked.countDown();
            await(answer);
          }
        });
  }

  private void see(Path file) throws IOException {
    seen.add(file(file));
  }

  private static Object file(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static ProcessBuilder shell(String script) {
    return new ProcessBuilder("sh", "-c", script);
  }

  private static Path program(String name) throws IOException {
    for (String folder : List.of("/usr/bin", "/bin")) {
      Path path = Path.of(folder, name);
      if (Files.exists(path)) {
        return path.toRealPath();
      }
    }
    throw new IOException("no " + name);
  }
}
