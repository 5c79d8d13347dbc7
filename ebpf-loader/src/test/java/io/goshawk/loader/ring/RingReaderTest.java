// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.abi.LittleEndian;
import io.goshawk.loader.bpf.BpfObject;
import io.goshawk.loader.bpf.BpfProgram;
import io.goshawk.loader.bpf.ObjectOptions;
import io.goshawk.loader.bpf.TestPrograms;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Against a real ring that a program in the kernel fills with numbered records. */
@Timeout(60)
class RingReaderTest {
  private static final int CAPACITY = 1 << 16;
  private static final int ALL = Integer.MAX_VALUE;

  private BpfObject object;
  private Generator generator;
  private RingReader reader;

  @BeforeEach
  void load() {
    open(CAPACITY);
  }

  private void open(int capacity) {
    object =
        BpfObject.open(
                () -> TestPrograms.open("generator"),
                ObjectOptions.DEFAULT.withMapEntries("ring", capacity))
            .load();
    generator = new Generator(object.program("generate").orElseThrow());
    reader = new RingReader(object.map("ring"));
  }

  @AfterEach
  void close() {
    reader.close();
    object.close();
  }

  @Test
  void recordsComeInOrderAndWhole() {
    generator.push(1000);
    assertThat(numbers(ALL)).isEqualTo(range(0, 1000));
    assertThat(reader.drain((ring, offset, length) -> {}, ALL)).isZero();
  }

  @Test
  void theLimitIsKeptAndTheRestStays() {
    generator.push(100);
    assertThat(numbers(30)).isEqualTo(range(0, 30));
    assertThat(numbers(0)).isEmpty();
    assertThat(numbers(ALL)).isEqualTo(range(30, 100));
  }

  @Test
  void discardedRecordsArePassedOver() {
    generator.discardEach = 5;
    generator.push(20);
    assertThat(numbers(ALL)).isEqualTo(range(0, 20).stream().filter(n -> n % 5 != 0).toList());
    assertThat(reader.unreadBytes()).isZero();
  }

  @Test
  void unreadBytesTellsHowFullTheRingIs() {
    assertThat(reader.unreadBytes()).isZero();
    generator.push(3); // 0 is of 128 bytes, 1 and 2 of 8; each has a header of eight
    assertThat(reader.unreadBytes()).isEqualTo(136 + 16 + 16);
    reader.drain((ring, offset, length) -> {}, 1);
    assertThat(reader.unreadBytes()).isEqualTo(16 + 16);
  }

  @Test
  void anExceptionInTheHandlerLosesNoRecordButItsOwn() {
    generator.push(200);
    List<Long> seen = new ArrayList<>();
    RecordHandler failing =
        (ring, offset, length) -> {
          long number = LittleEndian.i64(ring, offset);
          if (number % 70 == 69) {
            throw new IllegalStateException("record " + number);
          }
          seen.add(number);
        };
    assertThatThrownBy(() -> reader.drain(failing, ALL)).hasMessage("record 69");
    assertThatThrownBy(() -> reader.drain(failing, ALL)).hasMessage("record 139");
    assertThat(reader.drain(failing, ALL)).isEqualTo(60);
    assertThat(seen).isEqualTo(range(0, 200).stream().filter(n -> n != 69 && n != 139).toList());
  }

  @Test
  void whatWasReadIsRoomAgainEvenAfterAnException() {
    long fit = generator.push(10_000);
    assertThat(fit).isBetween(1L, 9_999L);
    assertThatThrownBy(
            () ->
                reader.drain(
                    (ring, offset, length) -> {
                      throw new IllegalStateException("first");
                    },
                    ALL))
        .hasMessage("first");
    assertThat(generator.push(1)).isEqualTo(1);
  }

  @Test
  void aFullRingCountsWhatItLosesAndRecovers() {
    long fit = generator.push(10_000);
    assertThat(numbers(ALL)).hasSize((int) fit);
    assertThat(generator.push(100)).isEqualTo(100);
    assertThat(numbers(ALL)).isEqualTo(range(10_000, 10_100));
  }

  @Test
  void aNewReaderGoesOnWhereTheLastOneStopped() {
    generator.push(10);
    assertThat(numbers(4)).isEqualTo(range(0, 4));
    reader.close();
    reader = new RingReader(object.map("ring"));
    assertThat(numbers(ALL)).isEqualTo(range(4, 10));
  }

  @Test
  void pollSeesWhatIsThereAndTimesOutWhenNothingIs() {
    assertThat(reader.poll(0)).isFalse();
    assertThat(reader.poll(20)).isFalse();
    generator.push(1);
    assertThat(reader.poll(0)).isTrue();
  }

  @Test
  void aWakeUpEndsThePoll() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    CompletableFuture<Void> waker =
        CompletableFuture.runAsync(
            () -> {
              generator.wake = true;
              // The first may come before the poll waits; then that one finds it there.
              while (!done.get()) {
                generator.push(1);
                Thread.onSpinWait();
              }
            });
    assertThat(reader.poll(30_000)).isTrue();
    done.set(true);
    waker.get();
  }

  @Test
  void aClosedReaderTouchesNothing() {
    reader.close();
    reader.close();
    assertThatIllegalStateException().isThrownBy(() -> reader.drain((r, o, l) -> {}, 1));
    assertThatIllegalStateException().isThrownBy(() -> reader.poll(0));
    assertThatIllegalStateException().isThrownBy(() -> reader.unreadBytes());
  }

  @Test
  void aMapThatIsNoRingIsRefused() {
    try (BpfObject maps = TestPrograms.load("maps")) {
      assertThatThrownBy(() -> new RingReader(maps.map("array")))
          .hasMessageContaining("mapping")
          .hasMessageContaining("ring buffer");
      BpfObject odd =
          BpfObject.open(
                  () -> TestPrograms.open("maps"), ObjectOptions.DEFAULT.withMapEntries("array", 3))
              .load();
      assertThatIllegalArgumentException().isThrownBy(() -> new RingReader(odd.map("array")));
      odd.close();
    }
  }

  @Test
  void twoMillionRecordsArriveOnceAndInOrderWhileTheyAreMade() throws Exception {
    close();
    open(4 << 20);
    long records = 2_000_000;
    CompletableFuture<Void> producer =
        CompletableFuture.runAsync(
            () -> {
              while (generator.next < records) {
                // Never more under way than fit, so that nothing may be lost here.
                if (generator.next - recordsRead < 20_000) {
                  assertThat(generator.push(5_000)).isEqualTo(5_000);
                } else {
                  Thread.yield();
                }
              }
            });
    Counting counting = new Counting();
    while (counting.records < records && !producer.isCompletedExceptionally()) {
      if (reader.drain(counting, 10_000) == 0) {
        reader.poll(1);
      }
      recordsRead = counting.records;
    }
    producer.get();
    assertThat(counting.records).isEqualTo(records);
    assertThat(counting.gaps).isZero();
    assertThat(counting.backwards).isZero();
    assertThat(counting.torn).isZero();
  }

  /**
   * 56 bytes a record on average fill the ring 85 times; most of its ends are inside a large one.
   */
  @Test
  void aRecordThatWrapsIsWhole() {
    Counting counting = new Counting();
    for (int round = 0; round < 1_000; round++) {
      assertThat(generator.push(100)).isEqualTo(100);
      reader.drain(counting, ALL);
    }
    assertThat(counting.records).isEqualTo(100_000);
    assertThat(counting.gaps + counting.backwards + counting.torn).isZero();
  }

  /** Written by the draining thread, read by the producing one. */
  private volatile long recordsRead;

  @Test
  void anOverloadedRingLosesOnlyWhatItCouldNotReserve() throws Exception {
    CompletableFuture<Long> producer =
        CompletableFuture.supplyAsync(
            () -> {
              long reserved = 0;
              while (generator.next < 2_000_000) {
                reserved += generator.push(50_000);
              }
              return reserved;
            });
    Counting counting = new Counting();
    while (!producer.isDone() || reader.unreadBytes() > 0) {
      reader.drain(counting, 1_000);
    }
    long reserved = producer.get();
    assertThat(reserved).isLessThan(2_000_000);
    assertThat(counting.records).isEqualTo(reserved);
    assertThat(counting.backwards).isZero();
    assertThat(counting.torn).isZero();

    long before = counting.records;
    assertThat(generator.push(100)).isEqualTo(100);
    reader.drain(counting, ALL);
    assertThat(counting.records - before).isEqualTo(100);
  }

  private List<Long> numbers(int limit) {
    List<Long> numbers = new ArrayList<>();
    int delivered =
        reader.drain(
            (ring, offset, length) -> {
              long number = LittleEndian.i64(ring, offset);
              assertThat(length).isEqualTo(Generator.length(number));
              numbers.add(number);
            },
            limit);
    assertThat(delivered).isEqualTo(numbers.size());
    return numbers;
  }

  private static List<Long> range(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

  /** Checks what it is given against the numbering, without garbage. */
  private static final class Counting implements RecordHandler {
    long records;
    long gaps;
    long backwards;
    long torn;
    private long last = -1;

    @Override
    public void onRecord(byte[] ring, int offset, int length) {
      long number = LittleEndian.i64(ring, offset);
      records++;
      if (number <= last) {
        backwards++;
      } else if (number > last + 1) {
        gaps++;
      }
      last = number;
      if (length != Generator.length(number)
          || (number % 3 == 0 && ring[offset + Generator.LARGE - 1] != (byte) number)) {
        torn++;
      }
    }
  }

  /** {@code generator.bpf.c}: numbered records, each third one large. */
  private static final class Generator {
    /** Of {@code struct order}. */
    private static final int NEXT = 0;

    private static final int RECORDS = 8;
    private static final int RESERVED = 16;
    private static final int DISCARD_EACH = 24;
    private static final int WAKE = 32;

    static final int SMALL = 8;
    static final int LARGE = 128;

    private final BpfProgram program;
    private final ByteBuffer order = ByteBuffer.allocate(40).order(ByteOrder.nativeOrder());
    long next;
    long discardEach;
    boolean wake;

    Generator(BpfProgram program) {
      this.program = program;
    }

    static int length(long number) {
      return number % 3 == 0 ? LARGE : SMALL;
    }

    /** Tries that many more; how many found room. */
    long push(long records) {
      order.putLong(NEXT, next).putLong(RECORDS, records).putLong(RESERVED, 0);
      order.putLong(DISCARD_EACH, discardEach).putLong(WAKE, wake ? 1 : 0);
      program.run(order);
      next = order.getLong(NEXT);
      return order.getLong(RESERVED);
    }
  }
}
