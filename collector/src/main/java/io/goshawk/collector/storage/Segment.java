// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.storage;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * One file of a log, written at its end only.
 *
 * <pre>
 * file                                      record
 *  0  8 bytes  "goshawkq"                    0  u32  length of the payload
 *  8  u32      version of the format: 1      4  u32  items in it
 * 12  u32      CRC-32C of the bytes before   8  u32  CRC-32C of the payload
 * 16  records                               12  u32  CRC-32C of the bytes before
 *                                           16  payload
 * </pre>
 *
 * Big-endian. A plain file and not a channel, which an interrupted thread would close. Confined to
 * one thread.
 */
final class Segment implements Closeable {
  static final int HEADER_BYTES = 16;
  static final int RECORD_HEADER_BYTES = 16;
  static final int VERSION = 1;

  /** A larger write costs its own copy more than a further one would. */
  private static final int WRITE_BYTES = 64 * 1024;

  private static final byte[] MAGIC = "goshawkq".getBytes(StandardCharsets.US_ASCII);
  private static final String SUFFIX = ".segment";

  private final long number;
  private final Path path;
  private final RandomAccessFile file;
  private long end;

  /** Writes where the file is. */
  private final OutputStream appending =
      new OutputStream() {
        @Override
        public void write(int b) throws IOException {
          file.write(b);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
          file.write(bytes, from, count);
        }
      };

  private Segment(long number, Path path, RandomAccessFile file, long end) {
    this.number = number;
    this.path = path;
    this.file = file;
    this.end = end;
  }

  /** A record's head. */
  record Head(int length, int items, int payloadChecksum) {
    long bytes() {
      return (long) RECORD_HEADER_BYTES + length;
    }
  }

  static Path path(Path folder, long number) {
    return folder.resolve("%016x".formatted(number) + SUFFIX);
  }

  /** The number of the segment that a file is; empty if it is none. */
  static Optional<Long> number(Path path) {
    String name = path.getFileName().toString();
    if (!name.matches("[0-9a-f]{16}\\.segment")) {
      return Optional.empty();
    }
    return Optional.of(Long.parseUnsignedLong(name.substring(0, 16), 16));
  }

  /** An empty one; what there was of that number is no more. */
  static Segment create(Path folder, long number) throws IOException {
    Path path = path(folder, number);
    RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
    try {
      ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
      header.put(MAGIC).putInt(VERSION);
      header.putInt(checksum(header.array(), 0, HEADER_BYTES - Integer.BYTES));
      file.setLength(0);
      file.write(header.array());
    } catch (IOException e) {
      file.close();
      Files.deleteIfExists(path);
      throw e;
    }
    return new Segment(number, path, file, HEADER_BYTES);
  }

  /**
   * One that is there.
   *
   * @param records told of each record up to the first that is none
   * @return null if it ends before its first record could be there
   * @throws OtherFormatException if another version has written it
   */
  static @Nullable Segment open(Path folder, long number, Consumer<Head> records)
      throws IOException {
    Path path = path(folder, number);
    RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
    try {
      byte[] header = new byte[HEADER_BYTES];
      if (file.length() < HEADER_BYTES) {
        file.close();
        return null;
      }
      file.readFully(header);
      ByteBuffer buffer = ByteBuffer.wrap(header);
      byte[] magic = new byte[MAGIC.length];
      buffer.get(magic);
      int version = buffer.getInt();
      if (buffer.getInt() != checksum(header, 0, HEADER_BYTES - Integer.BYTES)) {
        file.close();
        return null;
      }
      if (!Arrays.equals(magic, MAGIC) || version != VERSION) {
        throw new OtherFormatException(path, version);
      }
      Segment segment = new Segment(number, path, file, HEADER_BYTES);
      for (Head head; (head = segment.head(segment.end, file.length())) != null; ) {
        records.accept(head);
        segment.end += head.bytes();
      }
      return segment;
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** Another version of Goshawk has written a folder. */
  static final class OtherFormatException extends IOException {
    OtherFormatException(Path path, int version) {
      super(
          path
              + " has format "
              + version
              + ", and this version of goshawk knows "
              + VERSION
              + "; let the version that wrote it deliver what is there, or name another directory");
    }
  }

  /**
   * Cuts off what stands behind the last record.
   *
   * @return how many bytes that were
   */
  long cut() throws IOException {
    long torn = file.length() - end;
    if (torn > 0) {
      file.setLength(end);
    }
    return torn;
  }

  long number() {
    return number;
  }

  /** Where the next record goes. */
  long end() {
    return end;
  }

  /** The head of the record there; null if there is none. */
  @Nullable Head head(long offset) throws IOException {
    return head(offset, end);
  }

  private @Nullable Head head(long offset, long limit) throws IOException {
    if (offset + RECORD_HEADER_BYTES > limit) {
      return null;
    }
    byte[] bytes = new byte[RECORD_HEADER_BYTES];
    file.seek(offset);
    file.readFully(bytes);
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    Head head = new Head(buffer.getInt(), buffer.getInt(), buffer.getInt());
    boolean whole =
        buffer.getInt() == checksum(bytes, 0, RECORD_HEADER_BYTES - Integer.BYTES)
            && head.length() >= 0
            && head.items() > 0
            && offset + head.bytes() <= limit;
    return whole ? head : null;
  }

  /** The payload of a record; null if it is not what was written. */
  byte @Nullable [] payload(long offset, Head head) throws IOException {
    byte[] payload = new byte[head.length()];
    file.seek(offset + RECORD_HEADER_BYTES);
    try {
      file.readFully(payload);
    } catch (EOFException e) {
      return null;
    }
    return checksum(payload, 0, payload.length) == head.payloadChecksum() ? payload : null;
  }

  /**
   * Writes a record behind the others.
   *
   * @throws IOException if it could not be written: then it is as if it had never been tried
   */
  void append(int length, SegmentLog.Content content, int items, boolean sync) throws IOException {
    CRC32C crc = new CRC32C();
    content.writeTo(new CheckedOutputStream(OutputStream.nullOutputStream(), crc));
    ByteBuffer head = ByteBuffer.allocate(RECORD_HEADER_BYTES);
    head.putInt(length).putInt(items).putInt((int) crc.getValue());
    head.putInt(checksum(head.array(), 0, RECORD_HEADER_BYTES - Integer.BYTES));
    try {
      file.seek(end);
      // Content comes in pieces, and each write is a system call.
      OutputStream out =
          new BufferedOutputStream(appending, Math.min(WRITE_BYTES, RECORD_HEADER_BYTES + length));
      out.write(head.array());
      content.writeTo(out);
      out.flush();
      if (sync) {
        file.getFD().sync();
      }
    } catch (IOException e) {
      file.setLength(end);
      throw e;
    }
    end += RECORD_HEADER_BYTES + length;
  }

  void delete() throws IOException {
    file.close();
    Files.deleteIfExists(path);
  }

  private static int checksum(byte[] bytes, int from, int count) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from, count);
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
