// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import io.goshawk.abi.ProgramObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes our eBPF object with one program that no verifier takes: it begins by reading a register
 * that nothing was written to. Numbers are offsets in the structs of ELF64, as in elf(5).
 */
final class RefusedProgram {

  private static final int SYMBOL_BYTES = 24;
  private static final int SYMBOL_TABLE = 2;

  /** {@code r0 = r5}, as struct bpf_insn. */
  private static final long READ_R5 = 0x50bf;

  private RefusedProgram() {}

  /** Writes it below a folder, where a class path that has the folder finds it. */
  static void write(Path folder, String program) throws IOException {
    byte[] object = ProgramObject.open().readAllBytes();
    ByteBuffer elf = ByteBuffer.wrap(object).order(ByteOrder.LITTLE_ENDIAN);
    elf.putLong(start(elf, program), READ_R5);
    Path file = folder.resolve("io/goshawk/abi/goshawk.bpf.o");
    Files.createDirectories(file.getParent());
    Files.write(file, object);
  }

  private static int start(ByteBuffer elf, String program) {
    int sections = (int) elf.getLong(0x28);
    int count = elf.getShort(0x3c);
    for (int i = 0; i < count; i++) {
      int section = sections + i * 64;
      if (elf.getInt(section + 4) == SYMBOL_TABLE) {
        int names = (int) elf.getLong(sections + elf.getInt(section + 0x28) * 64 + 0x18);
        int table = (int) elf.getLong(section + 0x18);
        int end = table + (int) elf.getLong(section + 0x20);
        for (int symbol = table; symbol < end; symbol += SYMBOL_BYTES) {
          if (name(elf, names + elf.getInt(symbol)).equals(program)) {
            int home = sections + elf.getShort(symbol + 6) * 64;
            return (int) (elf.getLong(home + 0x18) + elf.getLong(symbol + 8));
          }
        }
      }
    }
    throw new IllegalArgumentException("no program " + program + " in the object");
  }

  private static String name(ByteBuffer elf, int start) {
    int end = start;
    while (elf.get(end) != 0) {
      end++;
    }
    return new String(elf.array(), start, end - start, StandardCharsets.UTF_8);
  }
}
