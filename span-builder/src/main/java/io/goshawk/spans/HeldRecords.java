// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans;

import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.SpanCore;
import io.goshawk.abi.SpanHeader;
import io.goshawk.abi.SupplementRecord;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Records of spans of which something is to be known later, until it is: until then, for so long at
 * most, and so many at most. Each goes on exactly once, whole or not.
 *
 * <p>The later part is a supplement: blocks that belong behind the record. What goes on is the
 * record as it would be, had the programs written it only then. Belongs to the thread that drains
 * the ring.
 */
public final class HeldRecords {

  /** Rows that are open for longer are no matter of a trace any more, but of a leak. */
  static final Duration LIMIT = Duration.ofSeconds(10);

  static final int MAX_RECORDS = 4096;
  static final int MAX_BYTES = 2 << 20;

  /** Blocks begin at multiples of this. */
  private static final int ALIGNMENT = 8;

  /** Takes the records that go on. */
  @FunctionalInterface
  public interface Sink {

    /**
     * A record, valid only now.
     *
     * @param bytes little-endian
     * @param complete whether all that was to come is in it
     */
    void record(byte[] bytes, int offset, int length, boolean complete);
  }

  /** What a record may grow to before its last supplement, however many there are. */
  private static final int MAX_SIZE = 8192;

  /** Records kept for use again, and how large they may be. */
  private static final int MAX_UNUSED = 64;

  private static final int MAX_UNUSED_BYTES = 2048;

  /** A record in an array that is used again. */
  private static final class Held {
    ByteBuffer bytes = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
    long sinceNanos;

    int size() {
      return bytes.position();
    }

    void append(byte[] source, int offset, int length) {
      if (length > bytes.remaining()) {
        int room = Math.max(2 * bytes.capacity(), bytes.position() + length + ALIGNMENT);
        bytes = ByteBuffer.allocate(room).order(ByteOrder.LITTLE_ENDIAN).put(bytes.flip());
      }
      bytes.put(source, offset, length);
    }

    /** Appends blocks, and says where they are. */
    void appendBlocks(byte[] source, int offset, int length) {
      int padding = -size() & (ALIGNMENT - 1);
      append(NOTHING, 0, padding);
      if (SpanHeader.blocks(bytes.array(), 0) == 0) {
        SpanHeader.blocks(bytes, 0, size());
      }
      append(source, offset, length);
      RecordHeader.size(bytes, 0, size());
    }
  }

  private static final byte[] NOTHING = new byte[ALIGNMENT];

  private final LongSupplier nanoClock;

  /** By the ids of their spans, in the order in which they came. */
  private final Map<Long, Held> held = new LinkedHashMap<>();

  private final ArrayDeque<Held> unused = new ArrayDeque<>();
  private int bytes;

  /** Holds nothing yet. */
  public HeldRecords(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /** Whether a record is one that a supplement is to come for. */
  public static boolean awaits(byte[] bytes, int offset, int length) {
    return length >= SpanHeader.SIZE
        && RecordHeader.size(bytes, offset) >= SpanHeader.SIZE
        && RecordHeader.size(bytes, offset) <= length
        && SpanHeader.awaits(bytes, offset) != 0;
  }

  /** Keeps a record that {@link #awaits} more; others may have to go for it. */
  public void hold(byte[] records, int offset, Sink sink) {
    Held record = unused.isEmpty() ? new Held() : unused.pop();
    record.bytes.clear();
    record.append(records, offset, RecordHeader.size(records, offset));
    record.sinceNanos = nanoClock.getAsLong();
    Held same = held.put(spanId(records, offset + SpanHeader.OFFSET_CORE), record);
    if (same != null) {
      letGo(same, false, sink);
    }
    bytes += record.size();
    Iterator<Held> eldest = held.values().iterator();
    while (held.size() > MAX_RECORDS || bytes > MAX_BYTES) {
      Held first = eldest.next();
      eldest.remove();
      letGo(first, false, sink);
    }
  }

  private static long spanId(byte[] bytes, int core) {
    return id(bytes, core + SpanCore.OFFSET_SPAN_ID);
  }

  private static long id(byte[] bytes, int at) {
    long id = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      id = id << Byte.SIZE | bytes[at + i] & 0xff;
    }
    return id;
  }

  /**
   * Adds a supplement to the record it is for; one whose record has gone on comes too late. Its
   * blocks are not looked at here.
   */
  public void supplement(byte[] records, int offset, int length, Sink sink) {
    int size = length < RecordHeader.SIZE ? 0 : RecordHeader.size(records, offset);
    if (size < SupplementRecord.SIZE || size > length) {
      return;
    }
    long span = id(records, offset + SupplementRecord.OFFSET_SPAN_ID);
    Held record = held.get(span);
    if (record == null) {
      return;
    }
    boolean last = SupplementRecord.last(records, offset) != 0;
    if (last || record.size() + size <= MAX_SIZE) {
      bytes -= record.size();
      record.appendBlocks(records, offset + SupplementRecord.SIZE, size - SupplementRecord.SIZE);
      bytes += record.size();
    }
    if (last) {
      held.remove(span);
      letGo(record, true, sink);
    }
  }

  private void letGo(Held record, boolean complete, Sink sink) {
    bytes -= record.size();
    sink.record(record.bytes.array(), 0, record.size(), complete);
    if (unused.size() < MAX_UNUSED && record.bytes.capacity() <= MAX_UNUSED_BYTES) {
      unused.push(record);
    }
  }

  /** Lets those go on that have waited for long enough. */
  public void releaseOld(Sink sink) {
    if (held.isEmpty()) {
      return;
    }
    long now = nanoClock.getAsLong();
    Iterator<Held> eldest = held.values().iterator();
    while (eldest.hasNext()) {
      Held first = eldest.next();
      if (now - first.sinceNanos < LIMIT.toNanos()) {
        return;
      }
      eldest.remove();
      letGo(first, false, sink);
    }
  }

  /** Lets those of a process go on: nothing more will come of it. */
  public void release(int tgid, Sink sink) {
    Iterator<Held> all = held.values().iterator();
    while (all.hasNext()) {
      Held record = all.next();
      if (RecordHeader.tgid(record.bytes.array(), 0) == tgid) {
        all.remove();
        letGo(record, false, sink);
      }
    }
  }

  /** Lets all go on. */
  public void releaseAll(Sink sink) {
    Iterator<Held> all = held.values().iterator();
    while (all.hasNext()) {
      Held record = all.next();
      all.remove();
      letGo(record, false, sink);
    }
  }
}
