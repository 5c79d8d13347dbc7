// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Processes and files that cannot be traced, named with the reason and what would help. */
class UnsuitableTargetTest {

  private final Path folder = Repository.scratch("unsuitable");

  @Test
  void aProcessThatIsNoGoProgramIsNamed() {
    try (ChildProcess sleep = ChildProcess.start(folder, Map.of(), List.of("sleep", "60"))) {
      Ended ended = run(sleep.pid());
      assertThat(ended.status()).isEqualTo(2);
      assertThat(ended.errors())
          .contains("process " + sleep.pid() + " (/usr/bin/sleep) is not traced: no Go program");
    }
  }

  @Test
  void aProcessThatDoesNotExistIsNamed() {
    Ended ended = run(999_999_999);
    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.errors()).contains("no process has the id 999999999; it may have exited");
  }

  @Test
  void aThreadIsToldWithTheProcessThatIsMeant() throws IOException {
    try (Service service = Service.start(folder);
        var tasks = Files.list(Path.of("/proc", service.pid(), "task"))) {
      String thread =
          tasks
              .map(task -> task.getFileName().toString())
              .filter(task -> !task.equals(service.pid()))
              .findFirst()
              .orElseThrow();
      Ended ended = run(Long.parseLong(thread));
      assertThat(ended.status()).isEqualTo(2);
      assertThat(ended.errors())
          .contains(thread + " is a thread of process " + service.pid())
          .contains("give --pid " + service.pid());
    }
  }

  @Test
  void aStrippedBinaryOfAnUnknownGoIsTracedByWhatItTellsItself() {
    Path spans = folder.resolve("spans.jsonl");
    try (Service service = Service.start(folder, Programs.strippedOfVersion("go1.99.0"));
        Goshawk agent =
            Goshawk.attached(
                folder, Map.of(), "run", "--pid", service.pid(), "--exporter", "file=" + spans)) {
      service.get("/asked");
      assertThat(agent.stop().addsUp()).isTrue();
      assertThat(agent.process().errors())
          .containsOnlyOnce("it was built with go1.99.0 and is traced all the same");
      assertThat(SpanFile.paths(spans)).containsExactly("/asked");
    }
  }

  @Test
  void aBinaryOfATooOldGoSaysWhichIsOldEnough() {
    try (Service service = Service.start(folder, Programs.strippedOfVersion("go1.16.3"))) {
      Ended ended = run(service.process().pid());
      assertThat(ended.status()).isEqualTo(2);
      assertThat(ended.errors()).contains("go1.16.3").contains("it needs Go 1.17 or newer");
    }
  }

  @Test
  void oneThatCannotBeTracedDoesNotKeepTheOthersFromIt() {
    Path spans = folder.resolve("spans.jsonl");
    try (Service service = Service.start(folder);
        ChildProcess sleep = ChildProcess.start(folder, Map.of(), List.of("sleep", "60"));
        Goshawk agent =
            Goshawk.attached(
                folder,
                Map.of(),
                "run",
                "--pid",
                sleep.pid() + "," + service.pid(),
                "--pid",
                "999999999",
                "--exporter",
                "file=" + spans)) {
      service.get("/asked");
      assertThat(agent.stop().addsUp()).isTrue();
      assertThat(agent.process().errors()).contains("(/usr/bin/sleep) is not traced");
      assertThat(agent.process().errors()).contains("no process has the id 999999999");
      assertThat(SpanFile.paths(spans)).containsExactly("/asked");
    }
  }

  @Test
  void aTruncatedBinaryIsSaidToBeDamagedAndWhere() throws IOException {
    Path cut = copy("cut");
    try (RandomAccessFile file = new RandomAccessFile(cut.toFile(), "rw")) {
      file.setLength(1_000_000);
    }
    Ended inspect = Ended.run(folder, "inspect", cut.toString());
    assertThat(inspect.status()).isEqualTo(1);
    assertThat(inspect.errors()).containsPattern("damaged at offset \\d+: .*1000000 bytes");

    Ended capture = capture(cut);
    assertThat(capture.status()).as(capture.errors()).isNotZero();
    assertThat(capture.errors()).containsPattern("damaged at offset \\d+").doesNotContain("\tat ");
  }

  @Test
  void aRunningServiceWithDamagedTablesIsNotTracedAndServesOn() throws IOException {
    Path damaged = copy("damaged");
    try (RandomAccessFile file = new RandomAccessFile(damaged.toFile(), "rw")) {
      // e_shnum of the ELF header, chapter 4 of the System V ABI; the kernel does not read it.
      file.seek(0x3c);
      file.writeShort(-1);
    }
    try (Service service = Service.start(folder, damaged)) {
      Ended ended = run(service.process().pid());
      assertThat(ended.status()).as(ended.errors()).isEqualTo(2);
      assertThat(ended.errors()).contains("is not traced", "damaged at offset 60");
      service.get("/asked");
    }
  }

  @Test
  void aFileThatIsNoneIsNamed() {
    Ended missing = Ended.run(folder, "inspect", "./nosuch");
    assertThat(missing.status()).isEqualTo(1);
    assertThat(missing.errors()).contains("no such file: ./nosuch");
    Ended device = Ended.run(folder, "inspect", "/dev/zero");
    assertThat(device.status()).isEqualTo(1);
    assertThat(device.errors()).contains("/dev/zero is not a regular file");
    Ended other = Ended.run(folder, "inspect", "/bin/sleep");
    assertThat(other.status()).isEqualTo(1);
    assertThat(other.errors()).contains("no Go program that can be traced");
  }

  private Ended run(long pid) {
    return Ended.run(folder, "run", "--pid", String.valueOf(pid));
  }

  private Ended capture(Path program) {
    return Ended.run(
        folder,
        "capture",
        "-o",
        folder.resolve("spans.jsonl").toString(),
        "--",
        program.toString());
  }

  private Path copy(String name) throws IOException {
    return Files.copy(Programs.SERVE, folder.resolve(name));
  }
}
