package io.goshawk.tests.harm;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The machine code of a running process, compared with that of its file. A probe is a breakpoint
 * that the kernel writes into a private copy of the page, so it shows as a byte that differs.
 */
final class ProgramText {

  private static final Pattern MAPPING =
      Pattern.compile("([0-9a-f]+)-([0-9a-f]+) r-xp ([0-9a-f]+) \\S+ \\d+ +(/.*)");

  private final long pid;
  private final Path executable;

  ProgramText(long pid, Path executable) {
    this.pid = pid;
    this.executable = executable;
  }

  /** How many bytes of it are not what the file says. */
  int changedBytes() {
    try (RandomAccessFile memory = new RandomAccessFile("/proc/" + pid + "/mem", "r");
        RandomAccessFile file = new RandomAccessFile(executable.toFile(), "r")) {
      int changed = 0;
      int mappings = 0;
      for (String line : maps()) {
        Matcher mapping = MAPPING.matcher(line);
        if (!mapping.matches() || !mapping.group(4).equals(executable.toString())) {
          continue;
        }
        mappings++;
        long start = Long.parseUnsignedLong(mapping.group(1), 16);
        long length = Long.parseUnsignedLong(mapping.group(2), 16) - start;
        long offset = Long.parseUnsignedLong(mapping.group(3), 16);
        // The last page goes on behind the end of the file's segment.
        int size = Math.toIntExact(Math.min(length, file.length() - offset));
        changed += differences(read(memory, start, size), read(file, offset, size));
      }
      if (mappings == 0) {
        throw new IllegalStateException(executable + " is not mapped into process " + pid);
      }
      return changed;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> maps() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/maps"));
  }

  private static byte[] read(RandomAccessFile file, long offset, int size) throws IOException {
    byte[] bytes = new byte[size];
    file.seek(offset);
    file.readFully(bytes);
    return bytes;
  }

  private static int differences(byte[] left, byte[] right) {
    int count = 0;
    for (int at = Arrays.mismatch(left, right); at >= 0 && at < left.length; at++) {
      count += left[at] == right[at] ? 0 : 1;
    }
    return count;
  }
}
