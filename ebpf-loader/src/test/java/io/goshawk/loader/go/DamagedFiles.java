// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.elf.Budget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Damages a Go executable in many ways, and opens and reads each damaged copy. Runs in a JVM of its
 * own, so that its small heap shows whether memory is bounded.
 *
 * <p>Arguments: the executable, a directory for the copy, a seed, how many random damages, and how
 * many of the absurd values are put in each place of the headers. Prints how many copies had which
 * outcome; ends with an exception that names the damage if there was any other.
 */
final class DamagedFiles {

  private static final long LIMIT_NANOS = 10_000_000_000L;

  /** What hostile counts, lengths and offsets look like. */
  private static final long[] ABSURD = {
    0, 1, 0x7f, 0xffff, 0x7fff_ffffL, 0xffff_ffffL, 0x7fff_ffff_ffff_ffffL, -1, -8, 1L << 40
  };

  private final Path copy;
  private final byte[] original;
  private final Random random;
  private final Map<String, Integer> outcomes = new TreeMap<>();

  private DamagedFiles(Path executable, Path directory, long seed) throws IOException {
    this.copy = directory.resolve("damaged");
    this.original = Files.readAllBytes(executable);
    this.random = new Random(seed);
    Files.copy(executable, copy, StandardCopyOption.REPLACE_EXISTING);
  }

  public static void main(String[] arguments) throws IOException {
    DamagedFiles files =
        new DamagedFiles(
            Path.of(arguments[0]), Path.of(arguments[1]), Long.parseLong(arguments[2]));
    int count = Integer.parseInt(arguments[3]);
    files.absurdHeaders(Integer.parseInt(arguments[4]));
    files.randomBytes(count);
    files.truncations(count / 8);
    System.out.println(files.outcomes);
  }

  /** Puts absurd values where headers have counts, lengths and offsets. */
  private void absurdHeaders(int valuesEach) throws IOException {
    ByteBuffer elf = ByteBuffer.wrap(original).order(ByteOrder.LITTLE_ENDIAN);
    int sections = (int) elf.getLong(40);
    int sectionCount = elf.getShort(60);
    for (int at = 4; at < 64; at += 2) {
      absurd(at, 2, valuesEach);
    }
    for (int at = 64; at < 64 + 56 * elf.getShort(56); at += 8) {
      absurd(at, 8, valuesEach);
    }
    for (int i = 0; i < sectionCount; i++) {
      int header = sections + 64 * i;
      for (int field : new int[] {0, 4, 40}) {
        absurd(header + field, 4, valuesEach);
      }
      for (int field : new int[] {8, 24, 32}) {
        absurd(header + field, 8, valuesEach);
      }
      // The first words of a section: the headers of pclntab, build info, module data, units.
      int start = (int) elf.getLong(header + 24);
      if (elf.getInt(header + 4) != 8 && start > 0) {
        for (int at = start; at < Math.min(start + 96, original.length - 8); at += 4) {
          absurd(at, 8, valuesEach);
        }
      }
    }
  }

  private void absurd(int at, int size, int valuesEach) throws IOException {
    int first = random.nextInt(ABSURD.length);
    for (int i = 0; i < valuesEach; i++) {
      long value = ABSURD[(first + i) % ABSURD.length];
      byte[] bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
      damage(at, Arrays.copyOf(bytes, size));
    }
  }

  private void randomBytes(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      byte[] bytes = new byte[1 + random.nextInt(8)];
      random.nextBytes(bytes);
      damage(random.nextInt(original.length - bytes.length), bytes);
    }
  }

  private void damage(int at, byte[] bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), at);
      read("bytes " + Arrays.toString(bytes) + " at " + at);
      channel.write(ByteBuffer.wrap(original, at, bytes.length), at);
    }
  }

  /** Cuts the file ever shorter; whatever is cut off, some header still speaks of it. */
  private void truncations(int count) throws IOException {
    try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      for (int i = 1; i <= count; i++) {
        long length = i == 1 ? original.length - 1 : original.length * (long) (count - i) / count;
        channel.truncate(length);
        OpenResult result = read("a length of " + length);
        boolean sound =
            length < 4
                ? result instanceof OpenResult.NotGo
                : result instanceof OpenResult.Malformed malformed
                    && malformed.offset() <= original.length;
        if (!sound) {
          throw new IllegalStateException("cut to " + length + " bytes: " + result);
        }
      }
    }
  }

  private OpenResult read(String damage) {
    long start = System.nanoTime();
    try {
      OpenResult result = GoExecutables.examine(copy, Budget.usual(), DamagedFiles::use);
      outcomes.merge(result.getClass().getSimpleName(), 1, Integer::sum);
      if (System.nanoTime() - start > LIMIT_NANOS) {
        throw new IllegalStateException("took longer than " + LIMIT_NANOS + " ns");
      }
      return result;
    } catch (RuntimeException | Error e) {
      throw new IllegalStateException("with " + damage, e);
    }
  }

  private static OpenResult use(OpenResult result) {
    if (result instanceof OpenResult.Opened opened) {
      GoExecutable executable = opened.executable();
      executable
          .function("main.main")
          .ifPresent(
              main -> {
                executable.code(main);
                executable.inlinedCopies(main, "sync.(*Mutex).Lock");
              });
      executable.function("no.such");
      executable.itab("*main.outer", "fmt.Stringer");
      executable
          .structs()
          .offsets(
              List.of(
                  new StructField("main.outer", "in.b"),
                  new StructField("runtime.g", "goid"),
                  new StructField("no.such", "field")));
    }
    return result;
  }
}
