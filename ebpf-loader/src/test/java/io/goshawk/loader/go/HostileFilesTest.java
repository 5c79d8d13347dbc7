// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.dwarf.DwarfResult;
import io.goshawk.loader.dwarf.DwarfStructs;
import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.elf.BinaryFile;
import io.goshawk.loader.elf.Budget;
import io.goshawk.loader.elf.ElfFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files made to cost the square of their size. */
@Timeout(value = 20, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileFilesTest {

  private static final int HEADERS_BYTES = 64 + 56;

  @Test
  void aMillionHeadersOfFunctionTablesAreNotAllFollowed(@TempDir Path directory)
      throws IOException {
    int count = 500_000;
    ByteBuffer elf = elf(1, HEADERS_BYTES + 8 + 72 * (count + 2));
    for (int at = HEADERS_BYTES; at + 144 < elf.capacity(); at += 72) {
      // Sound on its own: one function, all parts in order.
      elf.putInt(at, 0xfffffff1).put(at + 6, (byte) 1).put(at + 7, (byte) 8).putLong(at + 8, 1);
      elf.putLong(at + 32, 72).putLong(at + 40, 73).putLong(at + 56, 74).putLong(at + 64, 75);
    }
    Path path = Files.write(directory.resolve("headers"), elf.array());
    assertThat(GoExecutables.open(path)).isInstanceOf(OpenResult.NotGo.class);
  }

  @Test
  void segmentsThatAllHoldTheWholeFileAreRefused(@TempDir Path directory) throws IOException {
    ByteBuffer elf = elf(1000, 8 << 20);
    Path path = Files.write(directory.resolve("segments"), elf.array());
    assertThat(GoExecutables.open(path))
        .isEqualTo(new OpenResult.Malformed(64 + 56 * 2, "segments that overlap beyond reason"));
  }

  @Test
  void unitsThatKeepChangingTheirAbbreviationsAreGivenUp(@TempDir Path directory) throws Exception {
    int table = 1 << 18;
    ByteBuffer abbreviations = ByteBuffer.allocate(2 * table);
    for (int start : new int[] {0, table}) {
      for (int at = start; at < start + table - 7; at += 7) {
        // Number 1, a base type without children, one attribute: name, string; end.
        abbreviations.put(at, new byte[] {1, 0x24, 0, 3, 8, 0, 0});
      }
    }
    ByteBuffer units = ByteBuffer.allocate(12 * 100_000).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; units.hasRemaining(); i++) {
      units.putInt(8).putShort((short) 4).putInt(i % 2 * table).put((byte) 8).put((byte) 0);
    }
    Path path = directory.resolve("units");
    Files.write(path, withSections(".debug_abbrev", abbreviations, ".debug_info", units));
    try (BinaryFile file = BinaryFile.open(path, Budget.usual())) {
      DwarfResult result =
          DwarfStructs.find(ElfFile.parse(file), List.of(new StructField("a", "b")));
      assertThat(result)
          .isInstanceOfSatisfying(
              DwarfResult.Unusable.class,
              unusable -> assertThat(unusable.reason()).contains("again and again"));
    }
  }

  /** A file of so many writable segments, each of which is all of it. */
  private static ByteBuffer elf(int segments, int bytes) {
    ByteBuffer elf = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    elf.putInt(0, 0x464c457f).put(4, (byte) 2).put(5, (byte) 1).putShort(16, (short) 2);
    elf.putShort(18, (short) ElfFile.MACHINE_AMD64).putLong(32, 64).putShort(52, (short) 64);
    elf.putShort(54, (short) 56).putShort(56, (short) segments);
    for (int i = 0; i < segments; i++) {
      int at = 64 + 56 * i;
      elf.putInt(at, 1).putInt(at + 4, 7).putLong(at + 16, 0x400000);
      elf.putLong(at + 32, bytes).putLong(at + 40, bytes);
    }
    return elf;
  }

  private static byte[] withSections(String first, ByteBuffer a, String second, ByteBuffer b) {
    String names = "\0" + first + "\0" + second + "\0.shstrtab\0";
    int table = 64 + a.capacity() + b.capacity() + names.length();
    ByteBuffer elf = ByteBuffer.allocate(table + 4 * 64).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(elf(0, 64).array())
        .put(a.array())
        .put(b.array())
        .put(names.getBytes(StandardCharsets.US_ASCII));
    elf.putLong(40, table).putShort(58, (short) 64).putShort(60, (short) 4);
    elf.putShort(62, (short) 3);
    int start = 64;
    int name = 1;
    int[] sizes = {a.capacity(), b.capacity(), names.length()};
    String[] all = {first, second, ".shstrtab"};
    for (int i = 0; i < 3; i++) {
      int at = table + 64 * (i + 1);
      elf.putInt(at, name).putInt(at + 4, 1).putLong(at + 24, start).putLong(at + 32, sizes[i]);
      name += all[i].length() + 1;
      start += sizes[i];
    }
    return elf.array();
  }
}
