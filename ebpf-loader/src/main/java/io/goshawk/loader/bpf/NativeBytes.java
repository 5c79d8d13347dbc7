// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.function.Supplier;

/**
 * What a stream has, outside of Java's heap. That would grow by as much, and by the pieces that a
 * large array is made of, and keeps what it has grown to.
 */
final class NativeBytes implements AutoCloseable {
  private static final int PIECE = 32 << 10;

  private Memory memory = new Memory(64 * PIECE);
  private int length;

  private NativeBytes() {}

  /**
   * Reads a stream to its end, and closes it.
   *
   * @throws UncheckedIOException if it cannot be read
   */
  static NativeBytes of(Supplier<InputStream> source) {
    NativeBytes bytes = new NativeBytes();
    try (InputStream in = source.get()) {
      byte[] piece = new byte[PIECE];
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        bytes.append(piece, read);
      }
      return bytes;
    } catch (IOException e) {
      bytes.close();
      throw new UncheckedIOException("reading an eBPF object", e);
    } catch (RuntimeException e) {
      bytes.close();
      throw e;
    }
  }

  private void append(byte[] piece, int count) {
    if (length + count > memory.size()) {
      Memory larger = new Memory(2 * memory.size());
      larger.write(0, memory.getByteArray(0, length), 0, length);
      memory.close();
      memory = larger;
    }
    memory.write(length, piece, 0, count);
    length += count;
  }

  /** Of the first byte, until this is closed. */
  Pointer address() {
    return memory;
  }

  int length() {
    return length;
  }

  @Override
  public void close() {
    memory.close();
  }
}
