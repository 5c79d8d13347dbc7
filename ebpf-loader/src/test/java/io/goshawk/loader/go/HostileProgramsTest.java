// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.elf.Budget;
import io.goshawk.loader.probe.AttributionLevel;
import io.goshawk.loader.probe.InspectReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs that run, and whose files claim absurd things or hold an absurd lot of them, read with
 * the heap that the agent has left.
 */
class HostileProgramsTest {

  private static final long HOLE_BYTES = 8_000_000_000_000L;
  private static final byte[] NO_BYTES = {};

  /** 1: a compile unit with children and its language. */
  private static final byte[] ABBREVIATIONS = {
    1, 0x11, 1, 0x13, 0x0b, 0, 0, // DW_TAG_compile_unit: DW_AT_language data1
    2, 0x13, 1, 0x03, 0x08, 0, 0, // DW_TAG_structure_type: DW_AT_name string
    3, 0x0d, 0, 0x03, 0x08, 0x38, 0x0f, 0, 0, // DW_TAG_member: name, location udata
    4, 0x16, 0, 0x49, 0x13, 0, 0, // DW_TAG_typedef: DW_AT_type ref4
    0
  };

  private static final int LANGUAGE_C = 0x0c;
  private static final int LANGUAGE_GO = 0x16;

  @TempDir Path directory;

  @Test
  void twoMillionSymbolsCostTheirExactSizesOnly() throws IOException {
    int count = 1_990_000;
    ByteBuffer symbols = buffer(24 * count);
    try (AppendedSections program = program()) {
      long text = program.address(".text");
      while (symbols.hasRemaining()) {
        symbols.putInt(1).put((byte) 2).put((byte) 0).putShort((short) 1);
        symbols.putLong(text + 64).putLong(16);
      }
      program.contents(".symtab", symbols.flip());
    }
    assertThat(inspected())
        .contains(
            "symbols      Go's function table", "note         the symbol table cannot be used")
        .contains("http.server                 on");
  }

  @Test
  void buildInfoThatCoversEightTerabytesOfNothingIsNone() throws IOException {
    try (AppendedSections program = program()) {
      program.contents(".go.buildinfo", ByteBuffer.wrap(NO_BYTES), HOLE_BYTES, false);
    }
    assertThat(inspected()).contains("go           unknown");
  }

  @Test
  void buildInfoOfAQuarterOfAMillionModulesIsRefused() throws IOException {
    byte[] modules =
        ("x".repeat(16) + "dep\ta\n".repeat(170_000) + "x".repeat(16))
            .getBytes(StandardCharsets.US_ASCII);
    ByteBuffer info = buffer(modules.length + 64);
    info.put("\u00ff Go buildinf:\u0008\u0002".getBytes(StandardCharsets.ISO_8859_1));
    info.position(32);
    info.put((byte) 6).put("go1.26".getBytes(StandardCharsets.US_ASCII));
    for (int left = modules.length; left > 0; left >>= 7) {
      info.put((byte) (left & 0x7f | (left > 0x7f ? 0x80 : 0)));
    }
    try (AppendedSections program = program()) {
      program.contents(".go.buildinfo", info.put(modules).flip());
    }
    assertThat(inspected()).contains("Malformed").contains("more lines than any program has");
  }

  @Test
  void debugDataThatGrowsAThousandfoldIsGivenUp() throws IOException {
    long bytes = 4_000_000_000L;
    ByteArrayOutputStream small = new ByteArrayOutputStream();
    small.write(buffer(24).putInt(1).putInt(0).putLong(bytes).putLong(1).array());
    try (DeflaterOutputStream zeros = new DeflaterOutputStream(small)) {
      zeros.write(unit(LANGUAGE_C, (int) 300_000_000L, NO_BYTES).array());
      for (int i = 0; i < 300; i++) {
        zeros.write(new byte[1 << 20]);
      }
    }
    try (AppendedSections program = program()) {
      program.contents(".debug_abbrev", ByteBuffer.wrap(ABBREVIATIONS));
      program.contents(".debug_info", ByteBuffer.wrap(small.toByteArray()), bytes / 10, true);
    }
    assertThat(inspected())
        .contains("note         DWARF cannot be used: the compressed section .debug_info grows")
        .contains("http.server                 on");
  }

  @Test
  void debugDataThatCoversEightTerabytesOfNothingIsSkipped() throws IOException {
    ByteBuffer unit = buffer(24).putInt(-1).putLong(HOLE_BYTES - 12).putShort((short) 4);
    unit.putLong(0).put((byte) 8).put((byte) 1); // its language is 0
    try (AppendedSections program = program()) {
      program.contents(".debug_abbrev", ByteBuffer.wrap(ABBREVIATIONS));
      program.contents(".debug_info", unit.flip(), HOLE_BYTES, false);
    }
    assertThat(inspected()).contains("http.server                 on").doesNotContain("note ");
  }

  @Test
  void millionsOfStructMembersAndTypesAreGivenUp() throws IOException {
    ByteBuffer entries = buffer(40_000_000);
    for (int i = 0; i < 1_000_000; i++) {
      // A struct with a member that is a step of the path that is asked for.
      entries.put((byte) 2).put((byte) 'x').put((byte) 0);
      entries.put((byte) 3).put("later\0".getBytes(StandardCharsets.US_ASCII)).put((byte) 8);
      entries.put((byte) 0).put((byte) 4).putInt(20);
    }
    byte[] all = new byte[entries.flip().remaining()];
    entries.get(all);
    try (AppendedSections program = program()) {
      program.contents(".debug_abbrev", ByteBuffer.wrap(ABBREVIATIONS));
      program.contents(".debug_info", unit(LANGUAGE_GO, all.length, all).flip());
    }
    assertThat(inspected())
        .contains("note         DWARF cannot be used: more struct members than any program has")
        .contains("http.server                 on");
  }

  private AppendedSections program() throws IOException {
    return new AppendedSections(GoFixtures.server("1.26.11"), directory.resolve("program"));
  }

  private String inspected() {
    return DamagedFilesTest.java("-Xmx32m", Inspector.class, directory.resolve("program"));
  }

  private static ByteBuffer unit(int language, int bytes, byte[] entries) {
    ByteBuffer unit = buffer(13 + entries.length + 1);
    unit.putInt(9 + bytes).putShort((short) 4).putInt(0).put((byte) 8);
    return unit.put((byte) 1).put((byte) language).put(entries);
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Inspects an executable, in a JVM of its own, beside as much as a busy agent holds. */
  static final class Inspector {

    private static final byte[] SPANS = new byte[8 << 20];

    private Inspector() {}

    public static void main(String[] arguments) {
      System.out.println(
          GoExecutables.examine(Path.of(arguments[0]), Budget.usual(), result -> inspected(result))
              + " beside "
              + SPANS.length);
    }

    private static String inspected(OpenResult result) {
      if (result instanceof OpenResult.Opened opened) {
        // What only DWARF could know.
        opened.executable().structs().offsets(List.of(new StructField("no.such", "in.later")));
        return InspectReport.of("program", opened.executable(), AttributionLevel.CALLS)
            .text(true, true);
      }
      return result.toString();
    }
  }
}
