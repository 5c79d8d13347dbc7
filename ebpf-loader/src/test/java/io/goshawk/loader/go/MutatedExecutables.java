// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.elf.BinaryFile;
import io.goshawk.loader.elf.Budget;
import io.goshawk.loader.elf.ElfFile;
import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.Section;
import io.goshawk.loader.elf.Segment;
import io.goshawk.loader.elf.UnusableFileException;
import io.goshawk.loader.probe.AttributionLevel;
import io.goshawk.loader.probe.InspectReport;
import io.goshawk.testing.SeededCases;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * Changes a Go executable where its structures are, and has each changed copy inspected as a target
 * would be. Runs in a JVM of its own with the agent's heap, so that memory shows as well.
 *
 * <p>Arguments: a directory for the copy, how many cases at least, executables. Prints how many
 * copies had which outcome; ends with an exception that names the seed of a case in which anything
 * but an outcome came out.
 */
final class MutatedExecutables {

  /** What hostile counts, lengths and offsets look like. */
  private static final long[] ABSURD = {
    0,
    1,
    7,
    0x7f,
    0xff,
    0x7fff,
    0xffff,
    1 << 20,
    0x7fff_ffffL,
    0xffff_ffffL,
    1L << 40,
    Long.MAX_VALUE,
    -1,
    -8
  };

  private static final long HOLE_BYTES = 1L << 42;
  private static final long SECTION_HEADER_BYTES = 64;

  private final Path copy;
  private final FileChannel original;
  private final List<Region> regions = new ArrayList<>();
  private final List<Long> sectionHeaders = new ArrayList<>();
  private final Map<String, Integer> outcomes = new TreeMap<>();

  /** A part of the file whose bytes mean something. */
  private record Region(long offset, long length) {
    long end() {
      return offset + length;
    }
  }

  /** Bytes to be written at an offset. */
  private record Patch(long offset, byte[] bytes) {}

  private MutatedExecutables(Path executable, Path directory) throws Exception {
    copy = directory.resolve("mutated");
    original = FileChannel.open(executable);
    Files.copy(executable, copy, StandardCopyOption.REPLACE_EXISTING);
    try (BinaryFile file = BinaryFile.open(executable, Budget.usual())) {
      findRegions(new Image(ElfFile.parse(file)));
    }
  }

  public static void main(String[] arguments) throws Exception {
    int cases = Integer.parseInt(arguments[1]);
    for (String executable : Arrays.copyOfRange(arguments, 2, arguments.length)) {
      MutatedExecutables files = new MutatedExecutables(Path.of(executable), Path.of(arguments[0]));
      SeededCases.forEachSeed(cases, files::mutated);
      System.out.println(files.outcomes);
    }
  }

  private void findRegions(Image image) throws UnusableFileException {
    ElfFile elf = image.elf();
    long sections = elf.file().u64(40);
    // The ELF header, program headers, section headers.
    add(16, 48);
    add(elf.file().u64(32), 56L * elf.file().u16(56));
    add(sections, SECTION_HEADER_BYTES * elf.sections().size());
    for (int i = 1; i < elf.sections().size(); i++) {
      Section section = elf.sections().get(i);
      sectionHeaders.add(sections + SECTION_HEADER_BYTES * i);
      if (section.inFile() && section.bytes() > 0) {
        add(section.offset(), section.bytes());
        // Headers, first entries.
        add(section.offset(), Math.min(128, section.bytes()));
      }
    }
    GoVersion version =
        GoVersion.parse(BuildInfoReader.read(image).orElseThrow().goVersion()).orElseThrow();
    ModuleData module = PcLnTab.find(image).orElseThrow().module().orElseThrow();
    add(image.offset(module.address()), 8 * 64);
    ModuleData.Slice types = module.typeData(image, version);
    add(image.offset(types.address()), types.length());
    if (version.atLeast(1, 27)) {
      ModuleData.Slice itabs = module.itabs(image);
      add(image.offset(itabs.address()), itabs.length());
    } else {
      ModuleData.Slice links = module.itabLinks(image, version);
      add(image.offset(links.address()), 8 * links.length());
    }
    for (Segment segment : elf.segments()) {
      add(segment.offset(), segment.fileBytes());
    }
  }

  private void add(long offset, long length) {
    regions.add(new Region(offset, length));
  }

  private void mutated(RandomGenerator random) throws IOException {
    List<Patch> patches = new ArrayList<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      patches.add(patch(random));
    }
    try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      if (random.nextInt(16) == 0) {
        // A section that covers a hole behind the file, which takes no room on any disk.
        channel.write(ByteBuffer.wrap(new byte[1]), HOLE_BYTES);
        byte[] place = new byte[16];
        put(place, 0, 8, original.size() & ~15);
        put(place, 8, 8, HOLE_BYTES >> random.nextInt(20));
        patches.add(
            new Patch(sectionHeaders.get(random.nextInt(sectionHeaders.size())) + 24, place));
      }
      for (Patch patch : patches) {
        channel.write(ByteBuffer.wrap(patch.bytes()), patch.offset());
      }
      OpenResult result =
          GoExecutables.examine(copy, Budget.usual(), MutatedExecutables::inspected);
      outcomes.merge(result.getClass().getSimpleName(), 1, Integer::sum);
      channel.truncate(original.size());
      for (Patch patch : patches) {
        byte[] before = bytes(patch.offset(), patch.bytes().length);
        channel.write(ByteBuffer.wrap(before), patch.offset());
      }
    }
  }

  private static OpenResult inspected(OpenResult result) {
    if (result instanceof OpenResult.Opened opened) {
      GoExecutable executable = opened.executable();
      InspectReport report = InspectReport.of("mutated", executable, AttributionLevel.CALLS);
      report.text(true, true);
      report.json();
      executable.itab("*net/http.response", "net/http.ResponseWriter");
      Optional<GoFunction> serve = executable.function("net/http.(*conn).serve");
      serve.ifPresent(
          function -> executable.inlinedCopies(function, "net/http.(*response).finishRequest"));
    }
    return result;
  }

  /** A change of one thing. */
  private Patch patch(RandomGenerator random) throws IOException {
    Region region = regions.get(random.nextInt(regions.size()));
    int size = 1 << random.nextInt(4);
    int places = (int) Math.max(1, region.length() / size);
    long at = region.offset() + (long) size * random.nextInt(places);
    byte[] word = bytes(at, size);
    int most = (int) Math.min(region.end() - at, 1 << random.nextInt(random.nextInt(1, 17)));
    switch (random.nextInt(5)) {
      case 0 -> put(word, 0, size, ABSURD[random.nextInt(ABSURD.length)]);
      case 1 -> put(word, 0, size, get(word, 0, size) + random.nextInt(-16, 17));
      case 2 -> put(word, 0, size, random.nextLong());
      case 3 -> {
        // Something of the same kind from elsewhere, at times much of it.
        long from = region.offset() + (long) size * random.nextInt(places);
        return new Patch(at, bytes(from, (int) Math.min(most, region.end() - from)));
      }
      default -> {
        // The same thing again and again.
        byte[] row = bytes(at, most);
        for (int i = 1 << random.nextInt(6); i < row.length; i++) {
          row[i] = row[i - Math.min(i, size)];
        }
        return new Patch(at, row);
      }
    }
    return new Patch(at, word);
  }

  private byte[] bytes(long offset, int length) throws IOException {
    ByteBuffer buffer =
        ByteBuffer.allocate((int) Math.max(0, Math.min(length, original.size() - offset)));
    original.read(buffer, offset);
    return buffer.array();
  }

  private static long get(byte[] bytes, int at, int size) {
    long value = 0;
    for (int i = 0; i < size; i++) {
      value |= (bytes[at + i] & 0xffL) << 8 * i;
    }
    return value;
  }

  private static void put(byte[] bytes, int at, int size, long value) {
    for (int i = 0; i < size; i++) {
      bytes[at + i] = (byte) (value >> 8 * i);
    }
  }
}
