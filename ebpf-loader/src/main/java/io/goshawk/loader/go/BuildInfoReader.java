// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.elf.BinaryFile;
import io.goshawk.loader.elf.ElfFile;
import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.Section;
import io.goshawk.loader.elf.Segment;
import io.goshawk.loader.elf.UnusableFileException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads the blob that {@code go version -m} shows; the format is described in Go's {@code
 * debug/buildinfo/buildinfo.go}, the module text in {@code runtime/debug/mod.go}.
 */
final class BuildInfoReader {

  private static final byte[] MAGIC = "\u00ff Go buildinf:".getBytes(StandardCharsets.ISO_8859_1);
  private static final int ALIGNMENT = 16;
  private static final int HEADER_BYTES = 32;
  private static final int FLAG_BIG_ENDIAN = 1;
  private static final int FLAG_INLINE = 2;

  /** Of a release with all its experiments. */
  private static final int MAX_VERSION_BYTES = 1024;

  /** The text of a program with a thousand modules has about 100 kB. */
  private static final int MAX_TEXT_BYTES = 1 << 20;

  private static final int MAX_FIELDS = 40_000;

  /**
   * It is the first thing of its section, and of the first pages of data if there are no sections.
   */
  private static final long MAX_SECTION_BYTES = 1 << 20;

  private static final long MAX_SEGMENT_BYTES = 64 << 20;

  /** Before and after the module text stand 16 bytes that mark it for the linker. */
  private static final int FRAME_BYTES = 16;

  private final Image image;
  private final BinaryFile file;

  private BuildInfoReader(Image image) {
    this.image = image;
    this.file = image.elf().file();
  }

  /** The build info of an executable; empty if it carries none. */
  static Optional<BuildInfo> read(Image image) throws UnusableFileException {
    return new BuildInfoReader(image).read();
  }

  private Optional<BuildInfo> read() throws UnusableFileException {
    OptionalLong found = find(image.elf());
    if (found.isEmpty()) {
      return Optional.empty();
    }
    long at = found.getAsLong();
    int flags = file.u8(at + 15);
    byte[] version;
    byte[] modules;
    if ((flags & FLAG_INLINE) != 0) {
      Text first = inline(at + HEADER_BYTES, MAX_VERSION_BYTES);
      version = first.bytes();
      modules = inline(first.end(), MAX_TEXT_BYTES).bytes();
    } else {
      if (file.u8(at + 14) != 8 || (flags & FLAG_BIG_ENDIAN) != 0) {
        throw new MalformedFileException(at + 14, "build info for other than 64-bit little-endian");
      }
      version = pointed(at, at + 16, MAX_VERSION_BYTES);
      modules = pointed(at, at + 24, MAX_TEXT_BYTES);
    }
    int inner = modules.length - 2 * FRAME_BYTES;
    boolean framed = inner > 0 && modules[FRAME_BYTES + inner - 1] == '\n';
    String text = framed ? new String(modules, FRAME_BYTES, inner, StandardCharsets.UTF_8) : "";
    if (text.chars().filter(c -> c == '\n' || c == '\t').limit(MAX_FIELDS + 1).count()
        > MAX_FIELDS) {
      throw new MalformedFileException(at, "build info of more lines than any program has");
    }
    return Optional.of(parse(new String(version, StandardCharsets.UTF_8), text));
  }

  private static OptionalLong find(ElfFile elf) throws UnusableFileException {
    Optional<Section> section = elf.section(".go.buildinfo");
    if (section.isPresent()) {
      return scan(
          elf.file(), section.get().offset(), Math.min(section.get().bytes(), MAX_SECTION_BYTES));
    }
    for (Segment segment : elf.segments()) {
      if (segment.writable()) {
        OptionalLong found =
            scan(elf.file(), segment.offset(), Math.min(segment.fileBytes(), MAX_SEGMENT_BYTES));
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return OptionalLong.empty();
  }

  private static OptionalLong scan(BinaryFile file, long start, long bytes)
      throws UnusableFileException {
    long first = (start + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    for (long at = first; at + HEADER_BYTES <= start + bytes; at += ALIGNMENT) {
      if (file.u8(at) == 0xff && matches(file, at)) {
        return OptionalLong.of(at);
      }
    }
    return OptionalLong.empty();
  }

  private static boolean matches(BinaryFile file, long at) throws UnusableFileException {
    for (int i = 1; i < MAGIC.length; i++) {
      if (file.u8(at + i) != (MAGIC[i] & 0xff)) {
        return false;
      }
    }
    return true;
  }

  private record Text(byte[] bytes, long end) {}

  /** A string behind its length, a base-128 varint. */
  private Text inline(long at, int limit) throws UnusableFileException {
    long length = 0;
    long next = at;
    for (int shift = 0; ; shift += 7) {
      int b = file.u8(next++);
      length |= (long) (b & 0x7f) << shift;
      if ((b & 0x80) == 0) {
        break;
      }
      if (shift > 28) {
        throw new MalformedFileException(at, "a build info string of impossible length");
      }
    }
    return new Text(text(at, next, length, limit), next + length);
  }

  /** A string behind a pointer to a Go string header, as written before Go 1.18. */
  private byte[] pointed(long blob, long pointerAt, int limit) throws UnusableFileException {
    long header = file.u64(pointerAt);
    if (header == 0) {
      return new byte[0];
    }
    if (image.elf().fileOffset(header).isEmpty()) {
      throw new MalformedFileException(pointerAt, "a build info pointer that leads nowhere");
    }
    long length = image.u64(header + 8);
    return length == 0
        ? new byte[0]
        : text(blob, image.offset(image.pointer(header)), length, limit);
  }

  private byte[] text(long blame, long at, long length, int limit) throws UnusableFileException {
    if (length < 0 || length > limit) {
      throw new MalformedFileException(blame, "a build info string of " + length + " bytes");
    }
    return file.bytes(at, (int) length);
  }

  /** Lines of tab-separated fields; unknown ones are skipped, as newer toolchains may add some. */
  static BuildInfo parse(String version, String text) {
    String path = "";
    BuildInfo.Module main = new BuildInfo.Module("", "");
    List<BuildInfo.Module> modules = new ArrayList<>();
    Map<String, String> settings = new LinkedHashMap<>();
    for (String line : text.split("\n")) {
      String[] fields = line.split("\t", -1);
      switch (fields[0]) {
        case "path" -> path = field(fields, 1);
        case "mod" -> main = new BuildInfo.Module(field(fields, 1), field(fields, 2));
        case "dep" -> modules.add(new BuildInfo.Module(field(fields, 1), field(fields, 2)));
        case "=>" -> {
          BuildInfo.Module by = new BuildInfo.Module(field(fields, 1), field(fields, 2));
          int last = modules.size() - 1;
          if (last >= 0) {
            BuildInfo.Module replaced = modules.get(last);
            modules.set(last, new BuildInfo.Module(replaced.path(), replaced.version(), by));
          } else {
            main = new BuildInfo.Module(main.path(), main.version(), by);
          }
        }
        case "build" -> setting(line.substring(Math.min(line.length(), 6)), settings);
        default -> {}
      }
    }
    return new BuildInfo(version, path, main, modules, settings);
  }

  private static String field(String[] fields, int i) {
    return i < fields.length ? fields[i] : "";
  }

  /** {@code key=value}, either of them quoted as in Go if it holds odd characters. */
  private static void setting(String line, Map<String, String> settings) {
    int split = line.startsWith("\"") ? GoQuoted.end(line) : line.indexOf('=');
    if (split > 0 && split < line.length() && line.charAt(split) == '=') {
      settings.put(
          GoQuoted.unquote(line.substring(0, split)), GoQuoted.unquote(line.substring(split + 1)));
    }
  }
}
