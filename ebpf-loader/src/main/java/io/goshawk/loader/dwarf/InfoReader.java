// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.dwarf;

import io.goshawk.abi.LittleEndian;
import io.goshawk.loader.elf.Budget;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.SectionContents;
import io.goshawk.loader.elf.UnusableFileException;

/** Reads a section forward: numbers, and strings by their bytes and hash. */
final class InfoReader {

  private static final int BUFFER_BYTES = 1 << 16;

  /** Longer names are skipped; nobody asks for them. */
  static final int MAX_NAME_BYTES = 1024;

  private final SectionContents contents;
  private final Budget budget;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int at;
  private int limit;
  private long base;

  /** The name that {@link #name} read last. */
  final byte[] nameBytes = new byte[MAX_NAME_BYTES];

  int nameLength;
  int nameHash;

  InfoReader(SectionContents contents, Budget budget) {
    this.contents = contents;
    this.budget = budget;
  }

  /** Where in the section the next byte is. */
  long position() {
    return base + at;
  }

  boolean atEnd() {
    return position() >= contents.bytes();
  }

  int u8() throws UnusableFileException {
    if (at == limit) {
      need(1);
    }
    return buffer[at++] & 0xff;
  }

  int u16() throws UnusableFileException {
    need(2);
    at += 2;
    return LittleEndian.u16(buffer, at - 2);
  }

  long u32() throws UnusableFileException {
    need(4);
    at += 4;
    return LittleEndian.u32(buffer, at - 4);
  }

  long u64() throws UnusableFileException {
    need(8);
    at += 8;
    return LittleEndian.i64(buffer, at - 8);
  }

  /** An unsigned LEB128 (§7.6). */
  long uleb() throws UnusableFileException {
    int b = u8();
    if (b < 0x80) {
      return b;
    }
    long value = b & 0x7f;
    for (int shift = 7; shift < 64; shift += 7) {
      b = u8();
      value |= (long) (b & 0x7f) << shift;
      if (b < 0x80) {
        return value;
      }
    }
    throw malformed("a number without an end");
  }

  void skip(long bytes) throws UnusableFileException {
    if (bytes >= 0 && bytes <= limit - at) {
      at += (int) bytes;
      return;
    }
    if (bytes < 0 || bytes > contents.bytes() - position()) {
      throw malformed("a length of " + bytes + " bytes leads out of the section");
    }
    long left = bytes - (limit - at);
    at = limit;
    long skipped = contents.skip(left);
    base += skipped;
    left -= skipped;
    while (left > limit - at) {
      left -= limit - at;
      at = limit;
      need(1);
    }
    at += (int) left;
  }

  void skipString() throws UnusableFileException {
    while (true) {
      int i = at;
      while (i < limit && buffer[i] != 0) {
        i++;
      }
      if (i < limit) {
        at = i + 1;
        return;
      }
      at = limit;
      need(1);
    }
  }

  /** Reads a string into {@link #nameBytes}; one that is too long gets the length 0. */
  void name() throws UnusableFileException {
    int length = 0;
    int hash = WantedNames.HASH_START;
    while (true) {
      int b = u8();
      if (b == 0) {
        break;
      }
      if (length < MAX_NAME_BYTES) {
        nameBytes[length] = (byte) b;
      }
      length++;
      hash = WantedNames.step(hash, b);
    }
    nameLength = length <= MAX_NAME_BYTES ? length : 0;
    nameHash = hash;
  }

  MalformedFileException malformed(String reason) {
    return new MalformedFileException(
        contents.fileOffset(), reason + ", at byte " + position() + " of .debug_info");
  }

  private void need(int bytes) throws UnusableFileException {
    if (limit - at >= bytes) {
      return;
    }
    System.arraycopy(buffer, at, buffer, 0, limit - at);
    base += at;
    limit -= at;
    at = 0;
    while (limit < bytes) {
      int n = contents.read(buffer, limit, buffer.length - limit);
      if (n < 0) {
        throw malformed("the section ends in the middle of an entry");
      }
      limit += n;
      budget.spend(n);
    }
  }
}
