package io.goshawk.loader.elf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A file of any size, seen through a few mapped windows.
 *
 * <p>At most {@value #WINDOWS} windows of {@value #WINDOW_BYTES} bytes are mapped at a time; the
 * least recently used one is unmapped for a new one, so that the pages of a large file do not pile
 * up in this process. No window ever leaves this class: a read after its unmapping would kill the
 * JVM.
 *
 * <p>A file that another process cuts short while a window is mapped makes the JVM throw {@link
 * InternalError} from a read; callers at the edge turn that into their own outcome.
 */
public final class MappedFile implements AutoCloseable {

  static final int WINDOW_BYTES = 2 << 20;
  static final int WINDOWS = 8;

  /** Windows overlap by this much, so that no scalar straddles two of them. */
  private static final int OVERLAP_BYTES = 4096;

  private final FileChannel channel;
  private final long size;
  private final Window[] windows = new Window[WINDOWS];
  private Window current = Window.NONE;
  private long clock;

  private MappedFile(FileChannel channel, long size) {
    this.channel = channel;
    this.size = size;
    Arrays.fill(windows, Window.NONE);
  }

  /**
   * Opens a file for reading; nothing is mapped yet.
   *
   * @throws IOException if it cannot be opened
   */
  public static MappedFile open(Path path) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new MappedFile(channel, channel.size());
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Length in bytes when it was opened. */
  public long size() {
    return size;
  }

  /** The unsigned byte at an offset. */
  public int u8(long offset) throws MalformedFileException {
    Window w = window(offset, 1);
    return w.buffer.get((int) (offset - w.start)) & 0xff;
  }

  /** The unsigned 16-bit value at an offset. */
  public int u16(long offset) throws MalformedFileException {
    Window w = window(offset, 2);
    return w.buffer.getShort((int) (offset - w.start)) & 0xffff;
  }

  /** The unsigned 32-bit value at an offset. */
  public long u32(long offset) throws MalformedFileException {
    Window w = window(offset, 4);
    return w.buffer.getInt((int) (offset - w.start)) & 0xffff_ffffL;
  }

  /** The 64-bit value at an offset. */
  public long u64(long offset) throws MalformedFileException {
    Window w = window(offset, 8);
    return w.buffer.getLong((int) (offset - w.start));
  }

  /**
   * Copies bytes of the file.
   *
   * @throws MalformedFileException if the file ends before
   */
  public void read(long offset, byte[] into, int at, int length) throws MalformedFileException {
    check(offset, length);
    int done = 0;
    while (done < length) {
      long from = offset + done;
      Window w = window(from, 1);
      int inside = (int) (from - w.start);
      int n = Math.min(length - done, w.buffer.capacity() - inside);
      w.buffer.get(inside, into, at + done, n);
      done += n;
    }
  }

  /** A copy of {@code length} bytes of the file; the caller has bounded the length. */
  public byte[] bytes(long offset, int length) throws MalformedFileException {
    check(offset, length);
    byte[] copy = new byte[length];
    read(offset, copy, 0, length);
    return copy;
  }

  /**
   * Unmaps all windows and closes the file. Reading afterwards throws {@link
   * IllegalStateException}.
   */
  @Override
  public void close() {
    current = Window.NONE;
    for (int i = 0; i < windows.length; i++) {
      windows[i].unmap();
      windows[i] = Window.NONE;
    }
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void check(long offset, long length) throws MalformedFileException {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw new MalformedFileException(
          Math.max(0, offset),
          "the file of " + size + " bytes ends before the " + length + " bytes expected here");
    }
  }

  private Window window(long offset, int length) throws MalformedFileException {
    check(offset, length);
    Window w = current;
    if (offset >= w.start && offset + length <= w.end()) {
      return w;
    }
    return switchTo(offset, length);
  }

  private Window switchTo(long offset, int length) {
    int victim = 0;
    for (int i = 0; i < windows.length; i++) {
      Window w = windows[i];
      if (offset >= w.start && offset + length <= w.end()) {
        w.lastUse = ++clock;
        current = w;
        return w;
      }
      if (w.lastUse < windows[victim].lastUse) {
        victim = i;
      }
    }
    if (!channel.isOpen()) {
      throw new IllegalStateException("this file was closed");
    }
    current = Window.NONE;
    windows[victim].unmap();
    windows[victim] = Window.NONE;
    long start = offset - offset % WINDOW_BYTES;
    long bytes = Math.min((long) WINDOW_BYTES + OVERLAP_BYTES, size - start);
    try {
      if (channel.size() < size) {
        throw new IOException("the executable was cut short while it was read");
      }
      Window w = new Window(start, Mapping.map(channel, start, bytes), ++clock);
      windows[victim] = w;
      current = w;
      return w;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Window {
    static final Window NONE = new Window(0, null, ByteBuffer.allocate(0), 0);

    private final long start;
    private final @Nullable Mapping mapping;
    private final ByteBuffer buffer;
    private long lastUse;

    Window(long start, Mapping mapping, long lastUse) {
      this(start, mapping, mapping.buffer(), lastUse);
    }

    private Window(long start, @Nullable Mapping mapping, ByteBuffer buffer, long lastUse) {
      this.start = start;
      this.mapping = mapping;
      this.buffer = buffer.order(ByteOrder.LITTLE_ENDIAN);
      this.lastUse = lastUse;
    }

    long end() {
      return start + buffer.capacity();
    }

    void unmap() {
      if (mapping != null) {
        mapping.unmap();
      }
    }
  }
}
