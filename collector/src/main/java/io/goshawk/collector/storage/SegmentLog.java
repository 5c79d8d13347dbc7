// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.storage;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Records in the order they were appended, in files of a folder, until they are acknowledged.
 *
 * <ul>
 *   <li>What {@link #append} has returned of is there after the process was killed; after the
 *       machine was, if the log syncs.
 *   <li>A record that was being written when the process died is there whole or not at all: each
 *       has checksums, and what is torn is cut off when the log is opened.
 *   <li>What was acknowledged is not read again, unless the machine died.
 *   <li>Nothing depends on the time of day.
 *   <li>A record that the disk gives back otherwise than it was written is passed over, and told.
 * </ul>
 *
 * Confined to one thread.
 */
final class SegmentLog implements Closeable {
  private static final String POSITION = "position";

  private final Path folder;
  private final long segmentBytes;
  private final boolean sync;
  private final PositionFile position;
  private final Deque<Segment> segments = new ArrayDeque<>();
  private Position begin;
  private long items;
  private long bytes;
  private long records;
  private long torn;

  private SegmentLog(Path folder, long segmentBytes, boolean sync, PositionFile position) {
    this.folder = folder;
    this.segmentBytes = segmentBytes;
    this.sync = sync;
    this.position = position;
    this.begin = new Position(0, Segment.HEADER_BYTES, 0);
  }

  /**
   * A record.
   *
   * @param begin where it begins, or where the part of it does that is not acknowledged
   * @param end where the next one begins
   * @param items how many it holds in all
   * @param length of its payload
   * @param payload null if it was not read, or could not be
   */
  record Entry(Position begin, Position end, int items, int length, byte @Nullable [] payload) {}

  /**
   * Opens the log of a folder, which is made if there is none.
   *
   * @param segmentBytes after which a new file is begun
   * @param sync whether to wait for the disk at every append
   */
  static SegmentLog open(Path folder, long segmentBytes, boolean sync) throws IOException {
    Files.createDirectories(folder);
    PositionFile position = PositionFile.open(folder.resolve(POSITION));
    SegmentLog log = new SegmentLog(folder, segmentBytes, sync, position);
    try {
      log.recover();
    } catch (IOException | RuntimeException e) {
      log.close();
      throw e;
    }
    return log;
  }

  private void recover() throws IOException {
    List<Long> numbers;
    try (Stream<Path> files = Files.list(folder)) {
      numbers = files.map(Segment::number).flatMap(Optional::stream).sorted().toList();
    }
    Position known = position.position().orElse(begin);
    for (long number : numbers) {
      long[] at = {Segment.HEADER_BYTES};
      Segment segment =
          Segment.open(
              folder,
              number,
              head -> {
                count(new Position(number, at[0], 0), head, known);
                at[0] += head.bytes();
              });
      if (segment != null) {
        segments.add(segment);
      }
    }
    for (Segment segment : segments) {
      torn += segment.cut();
    }
    if (segments.isEmpty() || segments.getLast().number() < known.segment()) {
      // Never a place again that the position is behind of.
      roll(Math.max(known.segment(), numbers.isEmpty() ? 0 : numbers.get(numbers.size() - 1)) + 1);
    }
    begin = forward(known);
    deleteBefore(begin);
  }

  /** Counts what of a record is not acknowledged. */
  private void count(Position at, Segment.Head head, Position acknowledged) {
    if (at.segment() == acknowledged.segment() && at.offset() == acknowledged.offset()) {
      items += Math.max(0, head.items() - acknowledged.skip());
    } else if (at.compareTo(acknowledged) > 0) {
      items += head.items();
    } else {
      return;
    }
    bytes += head.length();
    records++;
  }

  /** The first place from which on something is not acknowledged. */
  Position begin() {
    return begin;
  }

  /** Items that are not acknowledged, when it was opened. */
  long items() {
    return items;
  }

  /** Bytes of the records they are in. */
  long bytes() {
    return bytes;
  }

  /** How many records these are. */
  long records() {
    return records;
  }

  /** Bytes that were no records and were cut off: of one that was being written at the end. */
  long torn() {
    return torn;
  }

  /** What is in a record; written as often as it is wanted. */
  @FunctionalInterface
  interface Content {
    void writeTo(OutputStream target) throws IOException;
  }

  /**
   * Appends a record.
   *
   * @param length of its content
   * @return the record, without its payload
   * @throws IOException if the disk does not take it; the log is as it was before
   */
  Entry append(int length, Content content, int count) throws IOException {
    Segment last = segments.getLast();
    if (last.end() > Segment.HEADER_BYTES
        && last.end() + Segment.RECORD_HEADER_BYTES + length > segmentBytes) {
      last = roll(last.number() + 1);
    }
    Position at = new Position(last.number(), last.end(), 0);
    last.append(length, content, count, sync);
    Position next = new Position(last.number(), last.end(), 0);
    return new Entry(at, next, count, length, null);
  }

  private Segment roll(long number) throws IOException {
    Segment segment = Segment.create(folder, number);
    segments.addLast(segment);
    if (sync) {
      // Else the file's name may be lost with the machine.
      try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
        directory.force(true);
      }
    }
    return segment;
  }

  /** The record at or behind a place; null at the end. */
  @Nullable Entry read(Position from) throws IOException {
    Position at = forward(from);
    Segment segment = find(at.segment());
    Segment.Head head = segment == null ? null : segment.head(at.offset());
    if (segment == null || head == null) {
      return null;
    }
    Position end = new Position(at.segment(), at.offset() + head.bytes(), 0);
    return new Entry(at, end, head.items(), head.length(), segment.payload(at.offset(), head));
  }

  /** The same place, or, at the end of a segment, where the next record is or will be. */
  private Position forward(Position from) {
    for (Segment segment : segments) {
      long offset = segment.number() == from.segment() ? from.offset() : Segment.HEADER_BYTES;
      boolean ahead = segment.number() >= from.segment();
      if (ahead && (offset < segment.end() || segment == segments.getLast())) {
        return segment.number() == from.segment()
            ? from
            : new Position(segment.number(), offset, 0);
      }
    }
    throw new IllegalStateException("a place behind the last segment: " + from);
  }

  private @Nullable Segment find(long number) {
    for (Segment segment : segments) {
      if (segment.number() == number) {
        return segment;
      }
    }
    return null;
  }

  /** Nothing before that place is needed any longer. */
  void acknowledge(Position next) throws IOException {
    begin = forward(next);
    position.write(begin);
    deleteBefore(begin);
  }

  private void deleteBefore(Position place) throws IOException {
    while (segments.size() > 1 && segments.getFirst().number() < place.segment()) {
      segments.removeFirst().delete();
    }
  }

  @Override
  public void close() throws IOException {
    for (Segment segment : segments) {
      segment.close();
    }
    position.close();
  }
}
