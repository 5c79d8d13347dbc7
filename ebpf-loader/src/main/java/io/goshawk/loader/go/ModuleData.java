// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.abi.LittleEndian;
import io.goshawk.loader.elf.ElfFile;
import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.Section;
import io.goshawk.loader.elf.Segment;
import io.goshawk.loader.elf.UnusableFileException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The runtime's own description of the executable, {@code runtime.firstmoduledata}.
 *
 * <p>Its first 24 words are the same from Go 1.17 to 1.27 (Go's {@code runtime/symtab.go}):
 *
 * <pre>
 *   word 0       pcHeader            the pclntab
 *   word 1       funcnametab         slices: pointer, length, capacity
 *   word 4, 7, 10, 13                cutab, filetab, pctab, pclntable
 *   word 16      ftab
 *   word 19      findfunctab
 *   word 20, 21  minpc, maxpc
 *   word 22, 23  text, etext
 * </pre>
 *
 * <p>Behind them the releases differ; Go 1.20 to 1.27 have
 *
 * <pre>
 *   word 37, 38  types, etypes          since 1.27 etypes is word 39
 *   word 40      gofunc                 until 1.26; word 43 in 1.27
 *   word 40, 41  itaboffset, itabsize   since 1.27
 *   word 47      itablinks              until 1.25; word 48 in 1.26
 * </pre>
 *
 * <p>and Go 1.17 to 1.19, which count no coverage, have all of these two words earlier; 1.17 has no
 * gofunc, nor the word before it, so that itablinks are four words earlier.
 *
 * @param address where it lies
 * @param text where the offsets of the pclntab count from
 */
record ModuleData(long address, long text) {

  private static final int WORD_TEXT = 22;
  private static final int WORD_TYPES = 37;
  private static final int WORD_FUNCTION_DATA = 40;
  private static final int WORD_ITAB_OFFSET = 40;
  private static final int WORD_ITAB_LINKS = 47;
  private static final int SCAN_BYTES = 1 << 16;

  /** Something with a length, in whatever it counts. */
  record Slice(long address, long length) {}

  /** The type data: descriptors, names, and what else these point to. */
  Slice typeData(Image image, GoVersion version) throws UnusableFileException {
    int first = WORD_TYPES + shift(version);
    long start = word(image, first);
    long end = word(image, version.atLeast(1, 27) ? first + 2 : first + 1);
    Optional<Segment> segment = image.elf().segmentHolding(start);
    if (segment.isEmpty() || end <= start || !segment.get().holds(end - 1)) {
      throw new MalformedFileException(image.offset(address), "type data that is not in the file");
    }
    return new Slice(start, end - start);
  }

  /**
   * What the offsets of funcdata count from, {@code gofunc}; behind three words more since 1.27.
   */
  long functionData(Image image, GoVersion version) throws UnusableFileException {
    int word = WORD_FUNCTION_DATA + shift(version);
    return word(image, version.atLeast(1, 27) ? word + 3 : word);
  }

  /** The slice {@code itablinks} until Go 1.26, which has a word more before it. */
  Slice itabLinks(Image image, GoVersion version) throws UnusableFileException {
    int word = WORD_ITAB_LINKS + shift(version) + (version.atLeast(1, 26) ? 1 : 0);
    if (!version.atLeast(1, 18)) {
      word -= 2;
    }
    return new Slice(word(image, word), image.u64(address + 8 * (word + 1)));
  }

  /** The bytes of all itabs, since Go 1.27. */
  Slice itabs(Image image) throws UnusableFileException {
    return new Slice(
        word(image, WORD_TYPES) + image.u64(address + 8 * WORD_ITAB_OFFSET),
        image.u64(address + 8 * (WORD_ITAB_OFFSET + 1)));
  }

  private static int shift(GoVersion version) {
    return version.atLeast(1, 20) ? 0 : -2;
  }

  private long word(Image image, int word) throws UnusableFileException {
    return image.pointer(address + 8 * word);
  }

  /**
   * Finds it as the data that starts with pointers to the pclntab and to its names.
   *
   * @param pclntab address of the pclntab
   * @param names address of its function names
   */
  static Optional<ModuleData> find(Image image, long pclntab, long names)
      throws UnusableFileException {
    ElfFile elf = image.elf();
    // A section of its own since Go 1.26.
    Optional<Section> section = elf.section(".go.module");
    if (section.isPresent()) {
      Optional<ModuleData> found = at(image, section.get().address(), pclntab, names);
      if (found.isPresent()) {
        return found;
      }
    }
    for (Segment segment : elf.segments()) {
      if (segment.writable()) {
        Optional<ModuleData> found = scan(image, segment, pclntab, names);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    // An external linker leaves the pointers of a position-independent executable zero.
    OptionalLong relocated = image.relocations().addressOf(pclntab);
    return relocated.isPresent()
        ? at(image, relocated.getAsLong(), pclntab, names)
        : Optional.empty();
  }

  private static Optional<ModuleData> scan(Image image, Segment segment, long pclntab, long names)
      throws UnusableFileException {
    byte[] chunk = new byte[SCAN_BYTES];
    long skew = -segment.address() & 7;
    for (long at = skew; at + 8 <= segment.fileBytes(); at += SCAN_BYTES) {
      int n = (int) Math.min(SCAN_BYTES, (segment.fileBytes() - at) & ~7L);
      image.elf().file().read(segment.offset() + at, chunk, 0, n);
      for (int i = 0; i < n; i += 8) {
        if (LittleEndian.i64(chunk, i) == pclntab) {
          Optional<ModuleData> found = at(image, segment.address() + at + i, pclntab, names);
          if (found.isPresent()) {
            return found;
          }
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<ModuleData> at(Image image, long address, long pclntab, long names)
      throws UnusableFileException {
    long lastWord = address + 8 * WORD_TEXT;
    Optional<Segment> segment = image.elf().segmentHolding(address);
    if (segment.isEmpty() || !segment.get().holds(lastWord + 7)) {
      return Optional.empty();
    }
    if (image.pointer(address) != pclntab || image.pointer(address + 8) != names) {
      return Optional.empty();
    }
    long text = image.pointer(lastWord);
    return image.elf().segmentHolding(text).filter(Segment::executable).isPresent()
        ? Optional.of(new ModuleData(address, text))
        : Optional.empty();
  }
}
