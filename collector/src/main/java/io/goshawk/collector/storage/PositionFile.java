// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.storage;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Where the reader of a log is, in a file of two slots that are written in turn: a write that is
 * torn leaves the one before. The file never grows, so that a full disk does not hinder it.
 *
 * <pre>
 * slot (at 0 and at 512)
 *  0  u64  running number of the write; the highest of the valid ones counts
 *  8  u64  segment
 * 16  u64  offset
 * 24  u32  items of the record that are done with
 * 28  u32  CRC-32C of the bytes before
 * </pre>
 *
 * Big-endian. Confined to one thread.
 */
final class PositionFile implements Closeable {
  private static final int SLOT_BYTES = 32;
  private static final int SLOT_DISTANCE = 512;
  private static final int SLOTS = 2;

  private final RandomAccessFile file;
  private long written;
  private Optional<Position> position = Optional.empty();

  private PositionFile(RandomAccessFile file) {
    this.file = file;
  }

  static PositionFile open(Path path) throws IOException {
    PositionFile opened = new PositionFile(new RandomAccessFile(path.toFile(), "rw"));
    try {
      opened.read();
    } catch (IOException e) {
      opened.close();
      throw e;
    }
    return opened;
  }

  private void read() throws IOException {
    int size = SLOTS * SLOT_DISTANCE;
    if (file.length() < size) {
      // Its blocks are taken now: later there may be none.
      byte[] empty = new byte[size - (int) file.length()];
      file.seek(file.length());
      file.write(empty);
    }
    for (int slot = 0; slot < SLOTS; slot++) {
      byte[] bytes = new byte[SLOT_BYTES];
      file.seek((long) slot * SLOT_DISTANCE);
      file.readFully(bytes);
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      long number = buffer.getLong();
      Position read = new Position(buffer.getLong(), buffer.getLong(), buffer.getInt());
      if (number > written && buffer.getInt() == checksum(bytes)) {
        written = number;
        position = Optional.of(read);
      }
    }
  }

  /** The one that was written last; empty if none was, or none can be read. */
  Optional<Position> position() {
    return position;
  }

  void write(Position next) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(SLOT_BYTES);
    buffer.putLong(written + 1);
    buffer.putLong(next.segment());
    buffer.putLong(next.offset());
    buffer.putInt(next.skip());
    buffer.putInt(checksum(buffer.array()));
    file.seek((written + 1) % SLOTS * SLOT_DISTANCE);
    file.write(buffer.array());
    written++;
    position = Optional.of(next);
  }

  private static int checksum(byte[] slot) {
    CRC32C crc = new CRC32C();
    crc.update(slot, 0, SLOT_BYTES - Integer.BYTES);
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
