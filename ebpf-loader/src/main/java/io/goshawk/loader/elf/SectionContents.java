// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a section from its start to its end, inflated on the way if it is compressed: by the
 * ELF flag SHF_COMPRESSED, or in the older way of a section {@code .zdebug_*} that starts with
 * "ZLIB".
 */
public final class SectionContents implements AutoCloseable {

  private static final int CHUNK_BYTES = 1 << 15;
  private static final long COMPRESS_ZLIB = 1;
  private static final int COMPRESSION_HEADER_BYTES = 24;
  private static final int OLD_HEADER_BYTES = 12;

  /**
   * Debug data shrinks to a third or a fifth. Above this it is made to blow up, and reading it
   * would take time out of all proportion to the file. What a header claims costs nothing yet: it
   * is the stream that must not grow so.
   */
  private static final long MAX_RATIO = 12;

  private static final long ALWAYS_BYTES = 1 << 20;

  private final BinaryFile file;
  private final String name;
  private final long end;
  private final long bytes;
  private final @Nullable Inflater inflater;
  private final byte[] input;
  private long next;
  private long delivered;

  private SectionContents(
      BinaryFile file, String name, long start, long end, long bytes, boolean compressed) {
    this.file = file;
    this.name = name;
    this.next = start;
    this.end = end;
    this.bytes = bytes;
    this.inflater = compressed ? new Inflater() : null;
    this.input = new byte[compressed ? CHUNK_BYTES : 0];
  }

  /**
   * Opens a section.
   *
   * @param name for example {@code .debug_info}, which also finds {@code .zdebug_info}
   */
  public static Optional<SectionContents> open(ElfFile elf, String name)
      throws UnusableFileException {
    Optional<Section> plain = elf.section(name);
    if (plain.isPresent()) {
      return Optional.of(
          plain.get().compressed() ? inflate(elf, plain.get()) : raw(elf, plain.get()));
    }
    if (!name.startsWith(".debug_")) {
      return Optional.empty();
    }
    Optional<Section> old = elf.section(".z" + name.substring(1));
    return old.isPresent() ? Optional.of(inflateOld(elf, old.get())) : Optional.empty();
  }

  /** Length of what it delivers. */
  public long bytes() {
    return bytes;
  }

  /** Whether it is inflated on the way. */
  public boolean compressed() {
    return inflater != null;
  }

  /** Where in the file the next bytes come from, about: for error messages. */
  public long fileOffset() {
    return next;
  }

  /**
   * Delivers the next bytes.
   *
   * @return how many, at least 1; -1 at the end
   */
  public int read(byte[] into, int at, int length) throws UnusableFileException {
    int wanted = (int) Math.min(length, bytes - delivered);
    if (wanted <= 0) {
      return -1;
    }
    int n = inflater == null ? copy(into, at, wanted) : inflate(inflater, into, at, wanted);
    delivered += n;
    return n;
  }

  /** Skips bytes without reading them, as far as that can be done; tells how many. */
  public long skip(long most) {
    long n = inflater == null ? Math.min(most, bytes - delivered) : 0;
    next += n;
    delivered += n;
    return n;
  }

  /** The whole section; for small ones. */
  public byte[] all(int limitBytes) throws UnusableFileException {
    if (bytes > limitBytes) {
      throw new MalformedFileException(
          next, "section " + name + " has " + bytes + " bytes, more than " + limitBytes);
    }
    byte[] whole = new byte[(int) bytes];
    int done = 0;
    while (done < whole.length) {
      done += read(whole, done, whole.length - done);
    }
    return whole;
  }

  @Override
  public void close() {
    if (inflater != null) {
      inflater.end();
    }
  }

  private int copy(byte[] into, int at, int wanted) throws UnusableFileException {
    file.read(next, into, at, wanted);
    next += wanted;
    return wanted;
  }

  private int inflate(Inflater from, byte[] into, int at, int wanted) throws UnusableFileException {
    try {
      while (true) {
        int n = from.inflate(into, at, wanted);
        if (from.getBytesWritten() > ALWAYS_BYTES + MAX_RATIO * from.getBytesRead()) {
          throw new MalformedFileException(
              next, "the compressed section " + name + " grows beyond reason");
        }
        if (n > 0) {
          return n;
        }
        if (from.finished() || from.needsDictionary() || next >= end) {
          throw new MalformedFileException(
              next, "the compressed section " + name + " ends after " + delivered + " bytes");
        }
        int more = (int) Math.min(CHUNK_BYTES, end - next);
        file.read(next, input, 0, more);
        from.setInput(input, 0, more);
        next += more;
      }
    } catch (DataFormatException e) {
      throw new MalformedFileException(
          next, "the compressed section " + name + " is damaged: " + e.getMessage());
    }
  }

  private static SectionContents raw(ElfFile elf, Section s) {
    long end = s.offset() + s.bytes();
    return new SectionContents(elf.file(), s.name(), s.offset(), end, s.bytes(), false);
  }

  private static SectionContents inflate(ElfFile elf, Section s) throws UnusableFileException {
    if (s.bytes() < COMPRESSION_HEADER_BYTES) {
      throw new MalformedFileException(
          s.offset(), "section " + s.name() + " has no room for a header");
    }
    long method = elf.file().u32(s.offset());
    if (method != COMPRESS_ZLIB) {
      throw new MalformedFileException(
          s.offset(), "section " + s.name() + " is compressed by method " + method + ", not zlib");
    }
    long bytes = elf.file().u64(s.offset() + 8);
    return inflated(elf, s, COMPRESSION_HEADER_BYTES, bytes);
  }

  private static SectionContents inflateOld(ElfFile elf, Section s) throws UnusableFileException {
    // "ZLIB" and the length, big-endian.
    if (s.bytes() < OLD_HEADER_BYTES || elf.file().u32(s.offset()) != 0x42494c5aL) {
      throw new MalformedFileException(
          s.offset(), "section " + s.name() + " lacks its ZLIB header");
    }
    long bytes = Long.reverseBytes(elf.file().u64(s.offset() + 4));
    return inflated(elf, s, OLD_HEADER_BYTES, bytes);
  }

  private static SectionContents inflated(ElfFile elf, Section s, int header, long bytes)
      throws UnusableFileException {
    if (bytes < 0 || bytes > ALWAYS_BYTES + MAX_RATIO * s.bytes()) {
      throw new MalformedFileException(
          s.offset(),
          "section " + s.name() + " claims to grow from " + s.bytes() + " to " + bytes + " bytes");
    }
    long start = s.offset() + header;
    return new SectionContents(elf.file(), s.name(), start, s.offset() + s.bytes(), bytes, true);
  }
}
