// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BpfMapTest {
  private BpfObject object;

  @BeforeEach
  void load() {
    object = TestPrograms.load("maps");
  }

  @AfterEach
  void close() {
    object.close();
  }

  @Test
  void anEntryIsThereFromUpdateToDelete() {
    BpfMap hash = object.map("hash");
    ByteBuffer value = number(0);
    assertThat(hash.lookup(key(7), value)).isFalse();

    hash.update(key(7), number(1L << 40));
    assertThat(hash.lookup(key(7), value)).isTrue();
    assertThat(value.getLong(0)).isEqualTo(1L << 40);

    assertThat(hash.delete(key(7))).isTrue();
    assertThat(hash.delete(key(7))).isFalse();
    assertThat(hash.lookup(key(7), value)).isFalse();
  }

  @Test
  void buffersKeepTheirPositionAndLimit() {
    ByteBuffer key = key(7);
    ByteBuffer value = number(5);
    object.map("hash").update(key, value);
    object.map("hash").lookup(key, value);
    assertThat(key.position()).isZero();
    assertThat(value.position()).isZero();
    assertThat(value.limit()).isEqualTo(8);
  }

  @Test
  void anArraysKeysAreNumbers() {
    BpfMap array = object.map("array");
    array.update(3, number(-1));
    ByteBuffer value = number(0);
    assertThat(array.lookup(3, value)).isTrue();
    assertThat(value.getLong(0)).isEqualTo(-1);
    assertThat(array.lookup(4, value)).isFalse();
  }

  @Test
  void aFullMapSaysThatItIsFull() {
    BpfMap hash = object.map("hash");
    for (int i = 0; i < hash.maxEntries(); i++) {
      hash.update(key(i), number(i));
    }
    assertThatExceptionOfType(BpfException.class)
        .isThrownBy(() -> hash.update(key(99), number(99)))
        .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.E2BIG))
        .withMessageContaining("updating map hash")
        .withMessageContaining("full");
  }

  @Test
  void aKeyOrValueOfTheWrongSizeIsRefusedBeforeTheKernelSeesIt() {
    BpfMap hash = object.map("hash");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> hash.update(number(1), number(1)))
        .withMessage("a key of map hash has 16 bytes, not 8");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> hash.lookup(key(1), key(1)))
        .withMessage("a value of map hash has 8 bytes, not 16");
  }

  @Test
  void everyEntryIsVisitedOnce() {
    visitsEveryEntryOnce(BpfMap::forEach);
  }

  @Test
  void everyEntryIsVisitedOnceWithoutBatches() {
    visitsEveryEntryOnce(BpfMap::forEachSingly);
  }

  private void visitsEveryEntryOnce(BiConsumer<BpfMap, BpfMap.EntryVisitor> walk) {
    BpfMap hash = object.map("hash");
    Map<Long, Long> expected = new TreeMap<>();
    for (long i = 0; i < hash.maxEntries(); i++) {
      hash.update(key(i), number(i * i));
      expected.put(i, i * i);
    }
    List<Long> visits = new ArrayList<>();
    Map<Long, Long> seen = new TreeMap<>();
    walk.accept(
        hash,
        (key, value) -> {
          visits.add(key.getLong(0));
          seen.put(key.getLong(0), value.getLong(0));
        });
    assertThat(seen).isEqualTo(expected);
    assertThat(visits).hasSameSizeAs(expected.keySet());
  }

  @Test
  void anEmptyMapIsVisitedNowhere() {
    object.map("hash").forEach((key, value) -> assertThat(key).isNull());
    object.map("hash").forEachSingly((key, value) -> assertThat(key).isNull());
  }

  @Test
  void aVisitorMayEmptyTheMap() {
    emptiesTheMap(BpfMap::forEach);
  }

  @Test
  void aVisitorMayEmptyTheMapWithoutBatches() {
    emptiesTheMap(BpfMap::forEachSingly);
  }

  private void emptiesTheMap(BiConsumer<BpfMap, BpfMap.EntryVisitor> walk) {
    BpfMap hash = object.map("hash");
    for (long i = 0; i < hash.maxEntries(); i++) {
      hash.update(key(i), number(i));
    }
    walk.accept(hash, (key, value) -> hash.delete(key));
    List<Long> left = new ArrayList<>();
    hash.forEach((key, value) -> left.add(key.getLong(0)));
    assertThat(left).isEmpty();
  }

  @Test
  void theSumOfAPerCpuEntryCountsEveryCpu() {
    BpfProgram count = object.program("count").orElseThrow();
    for (int i = 0; i < 100; i++) {
      count.run(ByteBuffer.allocate(0));
    }
    assertThat(object.map("per_cpu").perCpuSum(2)).isEqualTo(500);
    assertThat(object.map("per_cpu").perCpuSum(0)).isZero();
  }

  @Test
  void whatIsPerCpuAndWhatIsNotAreNotMixedUp() {
    assertThatIllegalStateException()
        .isThrownBy(() -> object.map("per_cpu").lookup(0, number(0)))
        .withMessageContaining("per_cpu");
    assertThatIllegalStateException()
        .isThrownBy(() -> object.map("array").perCpuSum(0))
        .withMessageContaining("array");
    assertThatExceptionOfType(BpfException.class)
        .isThrownBy(() -> object.map("per_cpu").perCpuSum(4))
        .withMessageContaining("entry 4 of map per_cpu");
  }

  private static ByteBuffer number(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(0, value);
  }

  private static ByteBuffer key(long value) {
    return ByteBuffer.allocate(16).order(ByteOrder.nativeOrder()).putLong(0, value);
  }
}
