package io.goshawk.loader.go;

import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.MappedFile;
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

  private final MappedFile file;
  private final long namesEnd;
  private final byte[] block = new byte[BLOCK_BYTES];
  private long budget;
  private long[] entries;
  private int size;

  /**
   * @param namesBytes how long the area is that holds the names
   * @param namesEnd where in the file it ends
   * @param capacity how many entries will be added at most
   */
  NameIndex(MappedFile file, long namesBytes, long namesEnd, int capacity) {
    this.file = file;
    this.namesEnd = namesEnd;
    // Names do not overlap, but for shared endings. Without a bound, a hostile table whose entries
    // all name one long string costs its square.
    this.budget = 4 * namesBytes + (1 << 20);
    this.entries = new long[capacity];
  }

  /** Adds an entry of the table, whose name starts at an offset of the file. */
  void add(int ordinal, long nameOffset) throws MalformedFileException {
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
    entries = Arrays.copyOf(entries, size);
    Arrays.sort(entries);
  }

  /** Where an entry's name starts. */
  @FunctionalInterface
  interface NameOffset {
    long of(int ordinal) throws MalformedFileException;
  }

  /** The lowest ordinal that has this very name; -1 if none. */
  int find(String name, NameOffset offsets) throws MalformedFileException {
    byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
    int hash = HASH_START;
    for (byte b : wanted) {
      hash = step(hash, b);
    }
    long first = (long) hash << 32;
    int at = Arrays.binarySearch(entries, first);
    for (int i = at < 0 ? -at - 1 : at; i < entries.length && entries[i] >> 32 == hash; i++) {
      int ordinal = (int) entries[i];
      if (matches(offsets.of(ordinal), wanted)) {
        return ordinal;
      }
    }
    return -1;
  }

  private boolean matches(long offset, byte[] wanted) throws MalformedFileException {
    if (offset + wanted.length >= namesEnd || file.u8(offset + wanted.length) != 0) {
      return false;
    }
    return Arrays.equals(file.bytes(offset, wanted.length), wanted);
  }

  private void spend(long nameOffset, int bytes) throws MalformedFileException {
    budget -= bytes;
    if (budget < 0) {
      throw new MalformedFileException(nameOffset, "symbol names that overlap beyond reason");
    }
  }

  // FNV-1a: names differ in their last bytes, and a multiply per byte is cheap enough.
  private static final int HASH_START = 0x811c9dc5;

  private static int step(int hash, byte b) {
    return (hash ^ (b & 0xff)) * 0x01000193;
  }
}
