// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The headers of an ELF64 little-endian executable or shared object, see {@code elf(5)}.
 *
 * <p>A file whose section headers were stripped away has no sections; one whose headers or contents
 * reach beyond its end is malformed.
 */
public final class ElfFile {

  /** e_machine of AMD64. */
  public static final int MACHINE_AMD64 = 62;

  /** e_machine of ARM64. */
  public static final int MACHINE_ARM64 = 183;

  private static final int HEADER_BYTES = 64;
  private static final int PROGRAM_HEADER_BYTES = 56;
  private static final int SECTION_HEADER_BYTES = 64;
  private static final int TYPE_DYN = 3;
  private static final long PT_LOAD = 1;
  private static final long PT_DYNAMIC = 2;
  private static final long PF_X = 1;
  private static final long PF_W = 2;

  /** Linkers write a dozen; PN_XNUM (0xffff) and anything near it is damage. */
  private static final int MAX_PROGRAM_HEADERS = 1024;

  /** Executables have dozens; this bounds the memory a hostile header can ask for. */
  private static final int MAX_SECTIONS = 16_384;

  /** The kernel would map a thousand, and addresses are searched in all of them. */
  private static final int MAX_SEGMENTS = 64;

  private static final int MAX_SECTION_NAME_BYTES = 256;

  private final BinaryFile file;
  private final int machine;
  private final boolean positionIndependent;
  private final List<Segment> segments;
  private final List<Section> sections;
  private final Optional<Segment> dynamic;

  private ElfFile(
      BinaryFile file,
      int machine,
      boolean positionIndependent,
      List<Segment> segments,
      List<Section> sections,
      Optional<Segment> dynamic) {
    this.file = file;
    this.machine = machine;
    this.positionIndependent = positionIndependent;
    this.segments = List.copyOf(segments);
    this.sections = List.copyOf(sections);
    this.dynamic = dynamic;
  }

  /** Whether the file starts as an ELF file does. */
  public static boolean hasMagic(BinaryFile file) throws UnusableFileException {
    return file.size() >= 4 && file.u32(0) == 0x464c457fL;
  }

  /** Whether an ELF file is of the 64-bit little-endian kind, the only one {@link #parse} takes. */
  public static boolean is64BitLittleEndian(BinaryFile file) throws UnusableFileException {
    return file.u8(4) == 2 && file.u8(5) == 1;
  }

  /** Reads and checks the headers. The file stays the caller's to close. */
  public static ElfFile parse(BinaryFile file) throws UnusableFileException {
    if (!hasMagic(file) || !is64BitLittleEndian(file)) {
      throw new MalformedFileException(0, "not a 64-bit little-endian ELF file");
    }
    int type = file.u16(16);
    List<Segment> segments = new ArrayList<>();
    Optional<Segment> dynamic = Optional.empty();
    long table = file.u64(32);
    int count = file.u16(56);
    if (count > MAX_PROGRAM_HEADERS) {
      throw new MalformedFileException(
          56, count + " program headers are more than any linker writes");
    }
    if (count > 0 && file.u16(54) != PROGRAM_HEADER_BYTES) {
      throw new MalformedFileException(54, "program headers of " + file.u16(54) + " bytes");
    }
    long loaded = 0;
    for (int i = 0; i < count; i++) {
      long at = table + (long) i * PROGRAM_HEADER_BYTES;
      long kind = file.u32(at);
      if (kind == PT_LOAD) {
        Segment segment = segment(file, at);
        segments.add(segment);
        if (segments.size() > MAX_SEGMENTS) {
          throw new MalformedFileException(
              at,
              "more than " + MAX_SEGMENTS + " loadable segments are more than any linker writes");
        }
        // Segments share a page at most; a thousand over the whole file would take forever to
        // search.
        loaded += segment.fileBytes();
        if (loaded > 2 * file.size()) {
          throw new MalformedFileException(at, "segments that overlap beyond reason");
        }
      } else if (kind == PT_DYNAMIC) {
        dynamic = Optional.of(segment(file, at));
      }
    }
    return new ElfFile(file, file.u16(18), type == TYPE_DYN, segments, sections(file), dynamic);
  }

  /** The file these headers describe. */
  public BinaryFile file() {
    return file;
  }

  /** The instruction set, as e_machine says. */
  public int machine() {
    return machine;
  }

  /** Whether it may be loaded at any address (ET_DYN). */
  public boolean positionIndependent() {
    return positionIndependent;
  }

  /** The loadable segments, in the order of the file. */
  public List<Segment> segments() {
    return segments;
  }

  /** All section headers, the null one at index 0 included; empty when they were stripped away. */
  public List<Section> sections() {
    return sections;
  }

  /** The segment of dynamic linking, if it is linked dynamically. */
  Optional<Segment> dynamic() {
    return dynamic;
  }

  /** The first section of that name whose bytes are in the file. */
  public Optional<Section> section(String name) {
    return sections.stream().filter(s -> s.inFile() && s.name().equals(name)).findFirst();
  }

  /** The loadable segment whose bytes in the file hold an address. */
  public Optional<Segment> segmentHolding(long address) {
    // A plain loop: pointers are followed through here by the ten thousand.
    for (int i = 0; i < segments.size(); i++) {
      if (segments.get(i).holds(address)) {
        return Optional.of(segments.get(i));
      }
    }
    return Optional.empty();
  }

  /**
   * Where in the file the byte at a virtual address is; empty if no segment loads it from there.
   */
  public OptionalLong fileOffset(long address) {
    Optional<Segment> segment = segmentHolding(address);
    return segment.isPresent()
        ? OptionalLong.of(address - segment.get().address() + segment.get().offset())
        : OptionalLong.empty();
  }

  private static Segment segment(BinaryFile file, long at) throws UnusableFileException {
    long flags = file.u32(at + 4);
    long offset = file.u64(at + 8);
    long address = file.u64(at + 16);
    long fileBytes = file.u64(at + 32);
    long memoryBytes = file.u64(at + 40);
    if (offset < 0 || fileBytes < 0 || offset > file.size() - fileBytes) {
      throw new MalformedFileException(
          at, "a segment's bytes end beyond the file's " + file.size() + " bytes");
    }
    if (memoryBytes < fileBytes || address < 0 || address > Long.MAX_VALUE - memoryBytes) {
      throw new MalformedFileException(at, "a segment of impossible address or size");
    }
    return new Segment(
        address, memoryBytes, offset, fileBytes, (flags & PF_W) != 0, (flags & PF_X) != 0);
  }

  private static List<Section> sections(BinaryFile file) throws UnusableFileException {
    long table = file.u64(40);
    if (table == 0) {
      return List.of();
    }
    if (file.u16(52) < HEADER_BYTES) {
      throw new MalformedFileException(52, "an ELF header of " + file.u16(52) + " bytes");
    }
    long count = file.u16(60);
    long names = file.u16(62);
    if (count == 0) {
      // Extended numbering, or no headers at all: section 0 tells, when there is one.
      count = table <= file.size() - SECTION_HEADER_BYTES && table > 0 ? file.u64(table + 32) : 0;
      names = names == 0xffff ? file.u32(table + 40) : names;
      if (count == 0) {
        return List.of();
      }
    }
    if (count < 0 || count > MAX_SECTIONS) {
      throw new MalformedFileException(60, count + " sections are more than any linker writes");
    }
    if (file.u16(58) != SECTION_HEADER_BYTES) {
      throw new MalformedFileException(58, "section headers of " + file.u16(58) + " bytes");
    }
    if (table < 0 || table > file.size() - count * SECTION_HEADER_BYTES) {
      throw new MalformedFileException(
          40, "the section headers end beyond the file's " + file.size() + " bytes");
    }
    if (names >= count) {
      throw new MalformedFileException(62, "section names in section " + names + " of " + count);
    }
    long namesAt = table + names * SECTION_HEADER_BYTES;
    long namesOffset = file.u64(namesAt + 24);
    long namesBytes = file.u64(namesAt + 32);
    if (names != 0
        && (namesOffset < 0 || namesBytes < 0 || namesOffset > file.size() - namesBytes)) {
      throw new MalformedFileException(
          namesAt, "the section names end beyond the file's " + file.size() + " bytes");
    }
    List<Section> sections = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long at = table + (long) i * SECTION_HEADER_BYTES;
      long nameAt = file.u32(at);
      if (names != 0 && nameAt >= Math.max(1, namesBytes)) {
        throw new MalformedFileException(at, "a section's name lies outside the section names");
      }
      Section section =
          new Section(
              names == 0 ? "" : name(file, namesOffset + nameAt, namesBytes - nameAt),
              file.u32(at + 4),
              file.u64(at + 8),
              file.u64(at + 16),
              file.u64(at + 24),
              file.u64(at + 32),
              (int) file.u32(at + 40));
      if (section.inFile()
          && (section.offset() < 0
              || section.bytes() < 0
              || section.offset() > file.size() - section.bytes())) {
        throw new MalformedFileException(
            at, "section " + section.name() + " ends beyond the file's " + file.size() + " bytes");
      }
      sections.add(section);
    }
    return sections;
  }

  private static String name(BinaryFile file, long at, long limit) throws UnusableFileException {
    int most = (int) Math.min(limit, MAX_SECTION_NAME_BYTES);
    byte[] name = new byte[most];
    for (int n = 0; n < most; n++) {
      name[n] = (byte) file.u8(at + n);
      if (name[n] == 0) {
        return new String(name, 0, n, StandardCharsets.ISO_8859_1);
      }
    }
    throw new MalformedFileException(at, "a section name without an end");
  }
}
