// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.BlockHeader;
import io.goshawk.abi.BlockType;
import io.goshawk.abi.LinkBlock;
import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.SpanCore;
import io.goshawk.abi.SpanHeader;
import io.goshawk.abi.SupplementRecord;
import io.goshawk.spans.record.SpanRecord;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HeldRecordsTest {

  private static final int TGID = 7;

  private long nanos;
  private final HeldRecords held = new HeldRecords(() -> nanos);
  private final List<Gone> gone = new ArrayList<>();

  /** A record that has gone on. */
  private record Gone(byte[] bytes, boolean complete) {
    long spanId() {
      return spanIdAt(bytes, SpanHeader.OFFSET_CORE + SpanCore.OFFSET_SPAN_ID);
    }

    int links() {
      SpanRecord record = new SpanRecord();
      assertThat(record.wrap(bytes, 0, bytes.length, SpanHeader.SIZE)).isNull();
      assertThat(record.checkBlocks(SpanHeader.SIZE)).isNull();
      int[] links = {0};
      record.links((high, low, span, flags) -> links[0]++);
      return links[0];
    }
  }

  private static long spanIdAt(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).getLong(at);
  }

  private void sink(byte[] bytes, int offset, int length, boolean complete) {
    byte[] copy = new byte[length];
    System.arraycopy(bytes, offset, copy, 0, length);
    gone.add(new Gone(copy, complete));
  }

  private void hold(long spanId, int size, int links) {
    byte[] record = record(spanId, size, links);
    assertThat(HeldRecords.awaits(record, 3, record.length - 3)).isTrue();
    held.hold(record, 3, this::sink);
  }

  /** A record with something before it. */
  private static byte[] record(long spanId, int size, int links) {
    int blocks = (size + 7) / 8 * 8;
    int all = links == 0 ? size : blocks + links * LinkBlock.SIZE;
    ByteBuffer record = ByteBuffer.allocate(all).order(ByteOrder.LITTLE_ENDIAN);
    RecordHeader.size(record, 0, all);
    RecordHeader.tgid(record, 0, TGID);
    SpanCore.startNs(record, SpanHeader.OFFSET_CORE, 1);
    record.put(SpanHeader.OFFSET_CORE + SpanCore.OFFSET_TRACE_ID, (byte) 1);
    putId(record, SpanHeader.OFFSET_CORE + SpanCore.OFFSET_SPAN_ID, spanId);
    SpanHeader.endNs(record, 0, 2);
    SpanHeader.endReason(record, 0, 1);
    SpanHeader.awaits(record, 0, 1);
    if (links > 0) {
      SpanHeader.blocks(record, 0, blocks);
      putLinks(record, blocks, links);
    }
    return ByteBuffer.allocate(3 + all).put(3, record.array()).array();
  }

  private static void putId(ByteBuffer to, int at, long id) {
    to.put(at, ByteBuffer.allocate(Long.BYTES).putLong(0, id).array());
  }

  private static void putLinks(ByteBuffer to, int at, int links) {
    for (int i = 0; i < links; i++) {
      BlockHeader.type(to, at + i * LinkBlock.SIZE, BlockType.BLOCK_LINK.value());
      BlockHeader.size(to, at + i * LinkBlock.SIZE, LinkBlock.SIZE);
    }
  }

  private void supplement(long spanId, int links, boolean last) {
    int size = SupplementRecord.SIZE + links * LinkBlock.SIZE;
    ByteBuffer supplement = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    RecordHeader.size(supplement, 0, size);
    putId(supplement, SupplementRecord.OFFSET_SPAN_ID, spanId);
    SupplementRecord.last(supplement, 0, last ? 1 : 0);
    putLinks(supplement, SupplementRecord.SIZE, links);
    held.supplement(supplement.array(), 0, size, this::sink);
  }

  @ParameterizedTest
  @ValueSource(ints = {88, 89, 95, 96, 511, 512, 700})
  void aRecordGoesOnWithTheBlocksOfItsSupplements(int size) {
    hold(1, size, 0);
    hold(2, size, 2);
    supplement(2, 1, false);
    assertThat(gone).isEmpty();

    supplement(1, 1, true);
    supplement(2, 1, true);

    assertThat(gone).extracting(Gone::spanId).containsExactly(1L, 2L);
    assertThat(gone).extracting(Gone::links).containsExactly(1, 4);
    assertThat(gone).allMatch(Gone::complete);
    assertThat(RecordHeader.size(gone.get(0).bytes(), 0)).isEqualTo(gone.get(0).bytes().length);
  }

  @Test
  void whatItWasBeforeItsSupplementStaysAsItWas() {
    hold(1, 700, 1);
    supplement(1, 1, true);
    byte[] before = record(1, 700, 1);

    byte[] after = gone.get(0).bytes();
    ByteBuffer whole = ByteBuffer.wrap(after).order(ByteOrder.LITTLE_ENDIAN);
    RecordHeader.size(whole, 0, before.length - 3);
    assertThat(after).startsWith(Arrays.copyOfRange(before, 3, before.length));
  }

  @Test
  void aRecordGoesOnWithoutWhatDoesNotComeInTime() {
    hold(1, 100, 0);
    nanos = HeldRecords.LIMIT.toNanos() - 1;
    hold(2, 100, 0);
    held.releaseOld(this::sink);
    assertThat(gone).isEmpty();

    nanos++;
    held.releaseOld(this::sink);
    supplement(1, 1, true);

    assertThat(gone).extracting(Gone::spanId).containsExactly(1L);
    assertThat(gone).noneMatch(Gone::complete);
    assertThat(gone.get(0).links()).isZero();
  }

  @Test
  void theEldestMakeRoom() {
    for (long span = 1; span <= HeldRecords.MAX_RECORDS + 3; span++) {
      hold(span, 100, 0);
    }
    assertThat(gone).extracting(Gone::spanId).containsExactly(1L, 2L, 3L);
    gone.clear();
    held.releaseAll(this::sink);
    assertThat(gone).hasSize(HeldRecords.MAX_RECORDS);

    gone.clear();
    int size = HeldRecords.MAX_BYTES / 4;
    for (long span = 1; span <= 6; span++) {
      hold(span, size, 0);
    }
    assertThat(gone).extracting(Gone::spanId).containsExactly(1L, 2L);
  }

  @Test
  void whoseProcessIsGoneIsNotWaitedFor() {
    hold(1, 100, 0);
    held.release(TGID + 1, this::sink);
    assertThat(gone).isEmpty();
    held.release(TGID, this::sink);
    held.release(TGID, this::sink);
    assertThat(gone).extracting(Gone::spanId).containsExactly(1L);
  }

  @Test
  void manySupplementsMakeARecordNoLargerThanItMayBe() {
    hold(1, 100, 0);
    for (int i = 0; i < 10_000; i++) {
      supplement(1, 1, false);
    }
    supplement(1, 1, true);
    assertThat(gone).hasSize(1);
    assertThat(gone.get(0).complete()).isTrue();
    assertThat(gone.get(0).links()).isBetween(100, 300);
  }

  @Test
  void whatIsNoSupplementChangesNothing() {
    hold(1, 100, 0);
    byte[] bytes = new byte[SupplementRecord.SIZE];
    for (int length = 0; length <= bytes.length; length++) {
      held.supplement(bytes, 0, length, this::sink);
    }
    supplement(2, 1, true);
    assertThat(gone).isEmpty();
    held.releaseAll(this::sink);
    assertThat(gone).hasSize(1);
  }
}
