// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;

/** A cgroup of version 2, which is removed when it is closed. */
final class Cgroup implements AutoCloseable {

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Path folder;
  private final String path;

  private Cgroup(Path folder, String path) {
    this.folder = folder;
    this.path = path;
  }

  /**
   * One right below the root; where there is none to be had, the test is skipped with the reason.
   */
  static Cgroup create(String name) {
    Path root = root();
    try {
      return new Cgroup(Files.createDirectory(root.resolve(name)), "/" + name);
    } catch (IOException e) {
      return skip("no cgroup can be made: " + e);
    }
  }

  private static Path root() {
    try {
      return Files.readAllLines(Path.of("/proc/self/mounts")).stream()
          .map(line -> line.split(" "))
          .filter(fields -> fields[2].equals("cgroup2"))
          .map(fields -> Path.of(fields[1]))
          .findFirst()
          .orElseGet(() -> skip("no file system cgroup2 is mounted"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where everything has to run, nothing is skipped. */
  private static <T> T skip(String why) {
    assertThat(System.getenv("CI")).as(why).isNull();
    return Assumptions.abort(why);
  }

  Cgroup child(String name) throws IOException {
    return new Cgroup(Files.createDirectory(folder.resolve(name)), path + "/" + name);
  }

  /** As processes in it show it. */
  String path() {
    return path;
  }

  /** What a process writes its id to that goes into it. */
  Path door() {
    return folder.resolve("cgroup.procs");
  }

  void take(Service service) throws IOException {
    Files.writeString(door(), service.pid());
    assertThat(Files.readString(Path.of("/proc", service.pid(), "cgroup"))).contains("0::" + path);
  }

  /** A process that was killed is in it until it is gone. */
  @Override
  public void close() {
    Awaitility.await("nobody is in it")
        .atMost(LIMIT)
        .ignoreExceptionsMatching(FileSystemException.class::isInstance)
        .until(() -> Files.deleteIfExists(folder) || !Files.exists(folder));
  }
}
