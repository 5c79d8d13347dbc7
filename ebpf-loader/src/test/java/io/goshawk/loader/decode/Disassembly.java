// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The {@code .text} of an ELF file as binutils' objdump reads it. */
final class Disassembly {

  /**
   * Instructions without a gap between them.
   *
   * @param address of the first
   * @param code their bytes
   * @param lengths theirs, in order; negative for bytes objdump calls bad
   * @param texts objdump's words, white space squeezed
   */
  record Run(long address, byte[] code, List<Integer> lengths, List<String> texts) {}

  interface RunHandler {
    void onRun(Run run);
  }

  private Disassembly() {}

  /** Disassembles a file, one function or so at a time. */
  static void of(Path file, RunHandler handler) throws IOException, InterruptedException {
    Process objdump =
        new ProcessBuilder("objdump", "-d", "-w", "--insn-width=16", "-j", ".text", file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader lines = objdump.inputReader()) {
      byte[] code = new byte[1 << 16];
      int size = 0;
      long start = 0;
      List<Integer> lengths = new ArrayList<>();
      List<String> texts = new ArrayList<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int colon = line.indexOf(":\t");
        if (colon < 0 || line.charAt(0) != ' ') {
          continue;
        }
        long address = Long.parseLong(line, line.lastIndexOf(' ', colon) + 1, colon, 16);
        boolean gap = address != start + size;
        if (gap || size > code.length - 64) {
          if (size > 0) {
            handler.onRun(new Run(start, slice(code, size), lengths, texts));
          }
          lengths = new ArrayList<>();
          texts = new ArrayList<>();
          size = 0;
          start = address;
        }
        int end = line.indexOf('\t', colon + 2);
        int hexEnd = end < 0 ? line.length() : end;
        int before = size;
        for (int i = colon + 2; i + 1 < hexEnd && line.charAt(i) != ' '; i += 3) {
          code[size++] = (byte) Integer.parseInt(line, i, i + 2, 16);
        }
        String text = end < 0 ? "" : line.substring(end + 1).replaceAll(" +", " ").strip();
        boolean bad = text.contains("(bad)");
        lengths.add(bad ? before - size : size - before);
        texts.add(text);
      }
      if (size > 0) {
        handler.onRun(new Run(start, slice(code, size), lengths, texts));
      }
    }
    if (objdump.waitFor() != 0) {
      throw new IOException("objdump -d " + file + " ended with " + objdump.exitValue());
    }
  }

  private static byte[] slice(byte[] code, int size) {
    return java.util.Arrays.copyOf(code, size);
  }
}
