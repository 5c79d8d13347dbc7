// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.elf.BinaryFile;
import io.goshawk.loader.elf.CostlyFileException;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.UnusableFileException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Which entries of a table may have a name, by hash: 8 bytes an entry, as the names themselves
 * would fill the heap.
 */
final class NameIndex {

  /** Names of generic functions grow long; nobody asks for longer ones than this. */
  static final int MAX_NAME_BYTES = 4096;

  private static final int BLOCK_BYTES = 64;

  private final BinaryFile file;
  private final long namesEnd;
  private final byte[] block = new byte[BLOCK_BYTES];
  private long left;
  private final long[] entries;
  private int size;

  /**
   * @param namesBytes how long the area is that holds the names
   * @param namesEnd where in the file it ends
   * @param capacity how many entries will be added at most
   */
  NameIndex(BinaryFile file, long namesBytes, long namesEnd, int capacity)
      throws CostlyFileException {
    this.file = file;
    this.namesEnd = namesEnd;
    // Names do not overlap, but for shared endings. Without a bound, a hostile table whose entries
    // all name one long string costs its square.
    this.left = 4 * namesBytes + (1 << 20);
    file.budget().reserve(8L * capacity, "the names of " + capacity + " functions");
    this.entries = new long[capacity];
  }

  /** Adds an entry of the table, whose name starts at an offset of the file. */
  void add(int ordinal, long nameOffset) throws UnusableFileException {
    int hash = HASH_START;
    int length = 0;
    while (length < MAX_NAME_BYTES) {
      long at = nameOffset + length;
      int n = (int) Math.min(BLOCK_BYTES, namesEnd - at);
      if (n <= 0) {
        throw new MalformedFileException(nameOffset, "a symbol name without an end");
      }
      file.read(at, block, 0, n);
      for (int i = 0; i < n; i++) {
        if (block[i] == 0) {
          spend(nameOffset, length + i);
          entries[size++] = (long) hash << 32 | ordinal;
          return;
        }
        hash = step(hash, block[i]);
      }
      length += n;
    }
    spend(nameOffset, length);
  }

  /** To be called once after the last {@link #add}. */
  void seal() {
    Arrays.sort(entries, 0, size);
  }

  /** Where an entry's name starts. */
  @FunctionalInterface
  interface NameOffset {
    long of(int ordinal) throws UnusableFileException;
  }

  /** The lowest ordinal that has this very name; -1 if none. */
  int find(String name, NameOffset offsets) throws UnusableFileException {
    byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
    int hash = HASH_START;
    for (byte b : wanted) {
      hash = step(hash, b);
    }
    long first = (long) hash << 32;
    int at = Arrays.binarySearch(entries, 0, size, first);
    for (int i = at < 0 ? -at - 1 : at; i < size && entries[i] >> 32 == hash; i++) {
      int ordinal = (int) entries[i];
      if (matches(offsets.of(ordinal), wanted)) {
        return ordinal;
      }
    }
    return -1;
  }

  private boolean matches(long offset, byte[] wanted) throws UnusableFileException {
    if (offset + wanted.length >= namesEnd || file.u8(offset + wanted.length) != 0) {
      return false;
    }
    return Arrays.equals(file.bytes(offset, wanted.length), wanted);
  }

  private void spend(long nameOffset, int bytes) throws UnusableFileException {
    left -= bytes;
    if ((size & 1023) == 0) {
      file.budget().spend(0); // all may be in one window
    }
    if (left < 0) {
      throw new MalformedFileException(nameOffset, "symbol names that overlap beyond reason");
    }
  }

  // FNV-1a: names differ in their last bytes, and a multiply per byte is cheap enough.
  private static final int HASH_START = 0x811c9dc5;

  private static int step(int hash, byte b) {
    return (hash ^ (b & 0xff)) * 0x01000193;
  }
}
