package io.goshawk.loader.target;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A proc file system made of ordinary files, in the formats of proc(5). */
final class FakeProc {

  private final Path root;

  FakeProc(Path root) {
    this.root = root;
    write("proc/stat", "cpu  1 2 3\nbtime 1700000000\nprocesses 9\n");
    write("proc/sys/kernel/hostname", "box\n");
    write("proc/sys/kernel/random/boot_id", "0e0d6a36-5dd5-4ae5-8b42-6f1c6c1fb1c1\n");
    link("proc/self/root", root.toString());
    write("passwd", "root:x:0:0:root:/root:/bin/sh\nshop:x:1001:1001::/:/bin/false\n");
  }

  ProcessTable table() {
    return new ProcessTable(
        root.resolve("proc"),
        root.resolve("passwd"),
        (process, environment) -> Optional.ofNullable(environment.get("OTEL_SERVICE_NAME")));
  }

  /** A file that processes can run. */
  Path binary(String path) {
    return write("disk" + path, "\177ELF");
  }

  FakeProc process(int pid, String name, Path executable) {
    process(pid, pid, name);
    link("proc/" + pid + "/exe", executable.toString());
    return this;
  }

  /** Without an executable, as a kernel thread is. */
  FakeProc process(int pid, int threadGroup, String name) {
    write(
        "proc/" + pid + "/status",
        "Name:\t%s\nTgid:\t%d\nPid:\t%d\nPPid:\t1\nUid:\t0\t1001\t0\t0\n"
            .formatted(name, threadGroup, pid));
    write(
        "proc/" + pid + "/stat",
        pid + " (" + name + ") S 1 0 0 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 4242 1000 10 0\n");
    link("proc/" + pid + "/ns/net", "net:[4026531840]");
    return root(pid, root);
  }

  /** Its root, which is ours unless this says otherwise. */
  FakeProc root(int pid, Path folder) {
    link("proc/" + pid + "/root", folder.toString());
    return this;
  }

  FakeProc file(int pid, String name, String content) {
    write("proc/" + pid + "/" + name, content);
    return this;
  }

  FakeProc descriptor(int pid, int number, String target) {
    link("proc/" + pid + "/fd/" + number, target);
    return this;
  }

  private Path write(String path, String content) {
    try {
      Path file = root.resolve(path);
      Files.createDirectories(file.getParent());
      return Files.writeString(file, content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void link(String path, String target) {
    try {
      Path link = root.resolve(path);
      Files.createDirectories(link.getParent());
      Files.deleteIfExists(link);
      Files.createSymbolicLink(link, Path.of(target));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
