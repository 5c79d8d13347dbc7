// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

import io.goshawk.abi.LittleEndian;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file of any size, read through a few small buffers, and within a budget.
 *
 * <p>It is read and not mapped: a page that another process cuts off from under a mapping is a
 * signal, which the JVM turns into an {@link InternalError} somewhere; here it is a short read. For
 * files of the page cache one is as fast as the other.
 *
 * <p>At most {@value #SETS} times {@value #WAYS} windows of {@value #WINDOW_BYTES} bytes are held
 * at a time, each in the set that its place in the file tells; in a set the least recently used one
 * makes room.
 */
public final class BinaryFile implements AutoCloseable {

  static final int WINDOW_BYTES = 1 << 14;
  static final int SETS = 16;
  static final int WAYS = 4;

  /** Windows overlap by this much, so that no scalar straddles two of them. */
  private static final int OVERLAP_BYTES = 8;

  /** Bounds the buffers that the JDK keeps for reading. */
  private static final int MOST_AT_ONCE_BYTES = 1 << 16;

  private final FileChannel channel;
  private final boolean ours;
  private final long size;
  private final Budget budget;
  private final @Nullable Window[] windows = new Window[SETS * WAYS];
  private Window current = new Window(0);
  private long clock;

  private BinaryFile(FileChannel channel, boolean ours, Budget budget) throws IOException {
    this.channel = channel;
    this.ours = ours;
    this.size = channel.size();
    this.budget = budget;
  }

  /**
   * Opens a file for reading.
   *
   * @throws IOException if it cannot be opened
   */
  public static BinaryFile open(Path path, Budget budget) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new BinaryFile(channel, true, budget);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Reads a file that is open; it stays the caller's to close. */
  public static BinaryFile of(FileChannel channel, Budget budget) throws IOException {
    return new BinaryFile(channel, false, budget);
  }

  /** Length in bytes when it was opened. */
  public long size() {
    return size;
  }

  /** What reading it may still cost. */
  public Budget budget() {
    return budget;
  }

  /** The unsigned byte at an offset. */
  public int u8(long offset) throws UnusableFileException {
    Window w = window(offset, 1);
    return w.bytes[(int) (offset - w.start)] & 0xff;
  }

  /** The unsigned 16-bit value at an offset. */
  public int u16(long offset) throws UnusableFileException {
    Window w = window(offset, 2);
    return LittleEndian.u16(w.bytes, (int) (offset - w.start));
  }

  /** The unsigned 32-bit value at an offset. */
  public long u32(long offset) throws UnusableFileException {
    Window w = window(offset, 4);
    return LittleEndian.u32(w.bytes, (int) (offset - w.start));
  }

  /** The 64-bit value at an offset. */
  public long u64(long offset) throws UnusableFileException {
    Window w = window(offset, 8);
    return LittleEndian.i64(w.bytes, (int) (offset - w.start));
  }

  /**
   * Copies bytes of the file.
   *
   * @throws MalformedFileException if the file ends before
   */
  public void read(long offset, byte[] into, int at, int length) throws UnusableFileException {
    check(offset, length);
    int done = 0;
    while (done < length) {
      long from = offset + done;
      int left = length - done;
      if (left >= WINDOW_BYTES) {
        int n = Math.min(left, MOST_AT_ONCE_BYTES);
        fill(from, into, at + done, n);
        done += n;
      } else {
        Window w = window(from, 1);
        int inside = (int) (from - w.start);
        int n = Math.min(left, w.length - inside);
        System.arraycopy(w.bytes, inside, into, at + done, n);
        done += n;
      }
    }
  }

  /** A copy of {@code length} bytes of the file; the caller has bounded the length. */
  public byte[] bytes(long offset, int length) throws UnusableFileException {
    check(offset, length);
    byte[] copy = new byte[length];
    read(offset, copy, 0, length);
    return copy;
  }

  /** Closes the file, if it was opened here. Reading afterwards fails. */
  @Override
  public void close() {
    if (ours) {
      try {
        channel.close();
      } catch (IOException e) {
        // Nothing was written, so nothing is lost.
        return;
      }
    }
  }

  private void check(long offset, long length) throws MalformedFileException {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw new MalformedFileException(
          Math.max(0, offset),
          "the file of " + size + " bytes ends before the " + length + " bytes expected here");
    }
  }

  private Window window(long offset, int length) throws UnusableFileException {
    check(offset, length);
    Window w = current;
    if (offset >= w.start && offset + length <= w.start + w.length) {
      return w;
    }
    current = find(offset);
    return current;
  }

  private Window find(long offset) throws UnusableFileException {
    long start = offset - offset % WINDOW_BYTES;
    int first = (int) (offset / WINDOW_BYTES % SETS) * WAYS;
    int victim = first;
    for (int i = first; i < first + WAYS; i++) {
      Window w = windows[i];
      if (w == null) {
        victim = i;
        break;
      }
      if (w.start == start && w.length > 0) {
        w.lastUse = ++clock;
        return w;
      }
      if (w.lastUse < lastUse(victim)) {
        victim = i;
      }
    }
    Window w = windows[victim];
    if (w == null) {
      w = new Window(WINDOW_BYTES + OVERLAP_BYTES);
      windows[victim] = w;
    }
    w.length = 0;
    int length = (int) Math.min(w.bytes.length, size - start);
    fill(start, w.bytes, 0, length);
    w.start = start;
    w.length = length;
    w.lastUse = ++clock;
    return w;
  }

  private long lastUse(int window) {
    Window w = windows[window];
    return w == null ? 0 : w.lastUse;
  }

  private void fill(long offset, byte[] into, int at, int length) throws UnusableFileException {
    budget.spend(length);
    try {
      ByteBuffer buffer = ByteBuffer.wrap(into, at, length);
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, offset + buffer.position() - at) < 0) {
          throw new UnreadableFileException("it was cut short while it was read");
        }
      }
    } catch (ClosedByInterruptException e) {
      throw new UnreadableFileException("reading it was interrupted");
    } catch (IOException e) {
      throw new UnreadableFileException(
          e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }
  }

  private static final class Window {
    private final byte[] bytes;
    private long start;
    private int length;
    private long lastUse;

    Window(int capacity) {
      bytes = new byte[capacity];
    }
  }
}
