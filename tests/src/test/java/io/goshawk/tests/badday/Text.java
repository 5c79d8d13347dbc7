// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The machine code of a running process against that of its file: where they differ, there is a
 * probe. Reading it takes a stable process, and no ptrace stop.
 */
final class Text {

  /** A line of proc_pid_maps(5): addresses, rights, offset in the file. */
  private static final Pattern EXECUTABLE =
      Pattern.compile("^([0-9a-f]+)-([0-9a-f]+) r-xp ([0-9a-f]+) \\S+ [1-9]\\d* .*$");

  private Text() {}

  /** Offsets in the file of the bytes that are not as in the file. */
  static List<Long> changed(Service service) throws IOException {
    Path process = Path.of("/proc", service.pid());
    MatchResult line = executable(process);
    long address = Long.parseLong(line.group(1), 16);
    int size = (int) (Long.parseLong(line.group(2), 16) - address);
    long offset = Long.parseLong(line.group(3), 16);
    byte[] memory = read(process.resolve("mem"), address, size);
    byte[] file = read(process.resolve("exe"), offset, size);
    List<Long> changed = new ArrayList<>();
    int at = Arrays.mismatch(memory, file);
    while (at >= 0 && at < file.length) {
      changed.add(offset + at);
      int next = Arrays.mismatch(memory, at + 1, memory.length, file, at + 1, file.length);
      at = next < 0 ? -1 : at + 1 + next;
    }
    return changed;
  }

  private static MatchResult executable(Path process) throws IOException {
    for (String line : Files.readAllLines(process.resolve("maps"))) {
      Matcher matcher = EXECUTABLE.matcher(line);
      if (matcher.matches()) {
        return matcher.toMatchResult();
      }
    }
    throw new IllegalStateException(process + " maps no file to be executed");
  }

  private static byte[] read(Path path, long position, int size) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      // The last page of a segment may reach beyond the end of the file, into whose bytes nobody
      // looks.
      byte[] bytes = new byte[size];
      file.seek(position);
      int read = 0;
      while (read < size) {
        int more = file.read(bytes, read, size - read);
        if (more < 0) {
          return Arrays.copyOf(bytes, read);
        }
        read += more;
      }
      return bytes;
    }
  }
}
