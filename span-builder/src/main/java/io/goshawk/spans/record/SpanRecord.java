// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.record;

import io.goshawk.abi.BlockHeader;
import io.goshawk.abi.BlockType;
import io.goshawk.abi.CapturedValue;
import io.goshawk.abi.EndReason;
import io.goshawk.abi.LinkBlock;
import io.goshawk.abi.LittleEndian;
import io.goshawk.abi.ParentSource;
import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.SpanCore;
import io.goshawk.abi.SpanHeader;
import io.goshawk.abi.StringRef;
import io.goshawk.abi.TraceReference;
import io.goshawk.spans.record.Refusal.Reason;
import io.goshawk.spans.text.TextCache;
import io.goshawk.spans.text.Utf8;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A span record of the ring, as a flyweight: laid over one record after the other, never kept.
 *
 * <pre>
 *   0        span_header        header, span_core, stamps
 *            the type's own fields, string_refs among them
 *   fixed    packed strings, and captured headers
 *   blocks   optional blocks, each with a block_header; none if blocks is 0
 *   size     end
 * </pre>
 *
 * <p>{@link #wrap} checks what all span records share, {@link #checkStrings} that every string lies
 * behind the fixed part and inside the record, {@link #checkCaptured} and {@link #checkBlocks} the
 * same of captured headers and of blocks; accessors rely on it.
 */
public final class SpanRecord {

  /** string_ref.offset and length are 16 bits each: nothing can lie further out. */
  private static final int MAX_SIZE = 2 * 0xffff;

  /** 146 years of uptime: far enough from the range of a long to add a date to it. */
  private static final long MAX_STAMP_NANOS = 1L << 62;

  /** By value; null where there is none. */
  private static final @Nullable EndReason[] END_REASONS = new EndReason[4];

  /** By value, which are those of their order. */
  private static final ParentSource[] PARENT_SOURCES = ParentSource.values();

  private static final int NO_BLOCK = -1;

  /** Blocks begin at multiples of this. */
  private static final int BLOCK_ALIGNMENT = 8;

  private static final int LINK = BlockType.BLOCK_LINK.value();

  static {
    for (EndReason reason : EndReason.values()) {
      END_REASONS[reason.value()] = reason;
    }
  }

  private byte[] bytes = new byte[SpanHeader.SIZE];
  private int base;
  private int size;
  private EndReason endReason = EndReason.END_RETURNED;
  private ParentSource parentSource = ParentSource.PARENT_NONE;

  // The string_refs, by their number: each is asked for several times.
  private int firstRef;
  private int[] stringOffsets = new int[16];
  private int[] stringLengths = new int[16];
  private boolean[] stringCuts = new boolean[16];

  /** The type of a record, for finding who describes it; -1 if it is too short to say. */
  public static int typeOf(byte[] bytes, int offset, int length) {
    return length < RecordHeader.SIZE ? -1 : RecordHeader.type(bytes, offset);
  }

  /**
   * Lays this flyweight over a record.
   *
   * @param bytes little-endian
   * @param fixedSize bytes that a record of this type has at least
   * @return null, or why it is no span record; then nothing else may be asked of it
   * @throws IndexOutOfBoundsException if the array does not hold that range
   */
  public @Nullable Refusal wrap(byte[] bytes, int offset, int length, int fixedSize) {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (length < fixedSize) {
      return new Refusal(Reason.SIZE, "%d bytes, its type needs %d".formatted(length, fixedSize));
    }
    long said = Integer.toUnsignedLong(RecordHeader.size(bytes, offset));
    if (said < fixedSize || said > length || said > MAX_SIZE) {
      return new Refusal(
          Reason.SIZE,
          "it says %d bytes, of %d in the ring; its type needs %d"
              .formatted(said, length, fixedSize));
    }
    this.bytes = bytes;
    this.base = offset;
    this.size = (int) said;

    long start = startNanos();
    long end = endNanos();
    if (start <= 0 || end < start || end > MAX_STAMP_NANOS) {
      return new Refusal(Reason.TIME, "from %d to %d".formatted(start, end));
    }
    if ((traceHigh() | traceLow()) == 0 || spanId() == 0) {
      return new Refusal(Reason.IDENTITY, "its trace id or span id is zero");
    }
    int reason = SpanHeader.endReason(bytes, offset);
    if (reason >= END_REASONS.length || END_REASONS[reason] == null) {
      return new Refusal(Reason.VALUE, "end_reason is " + reason);
    }
    endReason = END_REASONS[reason];
    int source = SpanCore.parentSource(bytes, offset + SpanHeader.OFFSET_CORE);
    if (source >= PARENT_SOURCES.length) {
      return new Refusal(Reason.VALUE, "parent_source is " + source);
    }
    parentSource = PARENT_SOURCES[source];
    return null;
  }

  /**
   * Checks the record's strings.
   *
   * @param refs offset of the first string_ref, inside the fixed part
   */
  public @Nullable Refusal checkStrings(int refs, int count, int fixedSize) {
    firstRef = refs;
    if (count > stringLengths.length) {
      stringOffsets = new int[count];
      stringLengths = new int[count];
      stringCuts = new boolean[count];
    }
    for (int i = 0; i < count; i++) {
      int ref = base + refs + i * StringRef.SIZE;
      int length = StringRef.length(bytes, ref);
      long original = Integer.toUnsignedLong(StringRef.originalLength(bytes, ref));
      stringLengths[i] = length;
      stringCuts[i] = original != length;
      stringOffsets[i] = base;
      if (length == 0) {
        continue;
      }
      int at = StringRef.offset(bytes, ref);
      stringOffsets[i] = base + at;
      if (at < fixedSize || at + length > size || original < length) {
        return new Refusal(
            Reason.STRING,
            "string %d: %d bytes of %d at %d, in a record of %d bytes"
                .formatted(i, length, original, at, size));
      }
    }
    return null;
  }

  /**
   * Checks the record's optional blocks.
   *
   * @param fixedSize bytes before its strings
   */
  public @Nullable Refusal checkBlocks(int fixedSize) {
    int at = SpanHeader.blocks(bytes, base);
    if (at == 0) {
      return null;
    }
    while (at < size) {
      int room = size - at;
      int length = room < BlockHeader.SIZE ? 0 : BlockHeader.size(bytes, base + at);
      if (at < fixedSize
          || at % BLOCK_ALIGNMENT != 0
          || length < BlockHeader.SIZE
          || length > room
          || (BlockHeader.type(bytes, base + at) == LINK && length < LinkBlock.SIZE)) {
        return new Refusal(
            Reason.BLOCK, "%d bytes at %d, in a record of %d bytes".formatted(length, at, size));
      }
      at += aligned(length);
    }
    return null;
  }

  private static int aligned(int length) {
    return (length + BLOCK_ALIGNMENT - 1) & -BLOCK_ALIGNMENT;
  }

  /**
   * Where in the bytes the first block of a type begins, with its header; negative if there is
   * none.
   */
  public int block(int type) {
    int first = SpanHeader.blocks(bytes, base);
    return first == 0 ? NO_BLOCK : blockFrom(base + first, type);
  }

  /** As {@link #block}, of the blocks behind one. */
  public int blockAfter(int block, int type) {
    return blockFrom(block + aligned(BlockHeader.size(bytes, block)), type);
  }

  private int blockFrom(int from, int type) {
    for (int at = from; at < base + size; at += aligned(BlockHeader.size(bytes, at))) {
      if (BlockHeader.type(bytes, at) == type) {
        return at;
      }
    }
    return NO_BLOCK;
  }

  /** Who wants to know the links of a span. */
  public interface Links {

    /** There is one. Ids are big-endian. */
    void link(long traceHigh, long traceLow, long spanId, byte traceFlags);
  }

  /** Tells all links. */
  public void links(Links to) {
    for (int block = block(LINK); block >= 0; block = blockAfter(block, LINK)) {
      int span = block + LinkBlock.OFFSET_SPAN;
      to.link(
          idAt(span + TraceReference.OFFSET_TRACE_ID),
          idAt(span + TraceReference.OFFSET_TRACE_ID + Long.BYTES),
          idAt(span + TraceReference.OFFSET_SPAN_ID),
          (byte) TraceReference.traceFlags(bytes, span));
    }
  }

  /**
   * Checks the record's captured headers.
   *
   * @param fixedSize bytes before its strings
   */
  public @Nullable Refusal checkCaptured(int fixedSize) {
    int behind = size;
    for (int at = SpanHeader.captured(bytes, base);
        at != 0;
        at = CapturedValue.before(bytes, base + at)) {
      int room = behind - at - CapturedValue.SIZE;
      if (at < fixedSize || room < 0 || CapturedValue.length(bytes, base + at) > room) {
        return new Refusal(
            Reason.STRING, "a header at %d, in a record of %d bytes".formatted(at, size));
      }
      behind = at;
    }
    return null;
  }

  /** Whether the record has headers that a user wants to see. */
  public boolean hasCaptured() {
    return SpanHeader.captured(bytes, base) != 0;
  }

  /** Who wants to know the values of headers. */
  public interface Captured {

    /**
     * There is one.
     *
     * @param number of its header
     * @param cut whether it was longer, or further values of the header are not there
     */
    void value(int number, byte[] bytes, int offset, int length, boolean cut);
  }

  /** Tells all values of headers, the last first. */
  public void captured(Captured to) {
    for (int at = SpanHeader.captured(bytes, base);
        at != 0;
        at = CapturedValue.before(bytes, base + at)) {
      int value = base + at;
      int length = CapturedValue.length(bytes, value);
      long original = Integer.toUnsignedLong(CapturedValue.originalLength(bytes, value));
      to.value(
          CapturedValue.number(bytes, value),
          bytes,
          value + CapturedValue.SIZE,
          length,
          original > length || CapturedValue.more(bytes, value) != 0);
    }
  }

  /** The bytes under this record, for the generated accessors. */
  public byte[] bytes() {
    return bytes;
  }

  /** Where in the bytes the record begins. */
  public int base() {
    return base;
  }

  /** Process id in the initial pid namespace. */
  public int tgid() {
    return RecordHeader.tgid(bytes, base);
  }

  /** The executable that the process ran: a number that the agent has given it. */
  public int binary() {
    return RecordHeader.binary(bytes, base);
  }

  /** Start, nanoseconds of {@code CLOCK_MONOTONIC}. */
  public long startNanos() {
    return SpanCore.startNs(bytes, base + SpanHeader.OFFSET_CORE);
  }

  /** End, nanoseconds of {@code CLOCK_MONOTONIC}. */
  public long endNanos() {
    return SpanHeader.endNs(bytes, base);
  }

  /** First eight bytes of the trace id, big-endian. */
  public long traceHigh() {
    return id(SpanCore.OFFSET_TRACE_ID);
  }

  /** Last eight bytes of the trace id, big-endian. */
  public long traceLow() {
    return id(SpanCore.OFFSET_TRACE_ID + Long.BYTES);
  }

  /** Span id, big-endian. */
  public long spanId() {
    return id(SpanCore.OFFSET_SPAN_ID);
  }

  /** Span id of the parent, big-endian; 0 for a root. */
  public long parentSpanId() {
    return id(SpanCore.OFFSET_PARENT_SPAN_ID);
  }

  private long id(int offsetInCore) {
    return idAt(base + SpanHeader.OFFSET_CORE + offsetInCore);
  }

  private long idAt(int at) {
    return Long.reverseBytes(LittleEndian.i64(bytes, at));
  }

  /** W3C trace-flags. */
  public byte traceFlags() {
    return (byte) SpanCore.traceFlags(bytes, base + SpanHeader.OFFSET_CORE);
  }

  /** Who says which span is the parent. */
  public ParentSource parentSource() {
    return parentSource;
  }

  /** Whether the parent is a span of another process. */
  public boolean parentIsRemote() {
    return parentSource == ParentSource.PARENT_REMOTE || parentSource == ParentSource.PARENT_LINK;
  }

  /** How the span ended. */
  public EndReason endReason() {
    return endReason;
  }

  /** Bytes of a string that are there. */
  public int stringLength(int ref) {
    return stringLengths[number(ref)];
  }

  /** Whether a string was longer in the target than in the record. */
  public boolean isCut(int ref) {
    return stringCuts[number(ref)];
  }

  /** Bytes that a string had in the target. */
  public long originalLength(int ref) {
    return Integer.toUnsignedLong(StringRef.originalLength(bytes, base + ref));
  }

  /** A string, repaired as {@link Utf8#decode} does. */
  public String string(int ref) {
    int number = number(ref);
    return Utf8.decode(bytes, stringOffsets[number], stringLengths[number], stringCuts[number]);
  }

  /** What a recurring string means. */
  public <V> V string(int ref, TextCache<V> cache) {
    int number = number(ref);
    return cache.of(bytes, stringOffsets[number], stringLengths[number], stringCuts[number]);
  }

  private int number(int ref) {
    return (ref - firstRef) / StringRef.SIZE;
  }
}
