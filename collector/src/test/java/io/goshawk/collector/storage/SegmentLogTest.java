// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.testing.SeededCases;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentLogTest {
  @TempDir Path folder;

  private static byte[] payload(int number, int length) {
    byte[] payload = new byte[Integer.BYTES + length];
    Arrays.fill(payload, (byte) number);
    ByteBuffer.wrap(payload).putInt(number);
    return payload;
  }

  /** The numbers of what can be read from a place on; -1 for what cannot. */
  private static List<Integer> read(SegmentLog log, Position from) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    Position at = from;
    for (SegmentLog.Entry entry; (entry = log.read(at)) != null; at = entry.end()) {
      numbers.add(entry.payload() == null ? -1 : ByteBuffer.wrap(entry.payload()).getInt());
    }
    return numbers;
  }

  private Path copy(Path target) throws IOException {
    Files.createDirectories(target);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.write(target.resolve(file.getFileName().toString()), Files.readAllBytes(file));
      }
    }
    return target;
  }

  private static List<Path> segments(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> Segment.number(file).isPresent()).sorted().toList();
    }
  }

  private static void append(SegmentLog log, byte[] payload, int count) throws IOException {
    log.append(payload.length, out -> out.write(payload), count);
  }

  /** Whatever is appended, acknowledged and opened again: what is not acknowledged is there. */
  @Test
  void whatIsNotAcknowledgedIsThereInItsOrder() {
    SeededCases.forEachSeed(
        60,
        random -> {
          Path place = Files.createTempDirectory(folder, "log");
          List<Integer> expected = new ArrayList<>();
          List<Integer> items = new ArrayList<>();
          int number = 0;
          SegmentLog log = SegmentLog.open(place, 500, random.nextInt(10) == 0);
          for (int step = 0; step < 60; step++) {
            switch (random.nextInt(4)) {
              case 0, 1 -> {
                int count = 1 + random.nextInt(9);
                append(log, payload(number, random.nextInt(200)), count);
                expected.add(number++);
                items.add(count);
              }
              case 2 -> acknowledge(log, random, expected, items);
              default -> {
                log.close();
                log = SegmentLog.open(place, 500, false);
                assertThat(log.items()).isEqualTo(items.stream().mapToInt(i -> i).sum());
                assertThat(log.records()).isEqualTo(expected.size());
                assertThat(log.torn()).isZero();
              }
            }
            assertThat(read(log, log.begin())).isEqualTo(expected);
          }
          log.close();
          assertThat(segments(place).size()).isLessThanOrEqualTo(expected.size() + 1);
        });
  }

  /** So many records, and some items of the next. */
  private static void acknowledge(
      SegmentLog log, RandomGenerator random, List<Integer> expected, List<Integer> items)
      throws IOException {
    Position at = log.begin();
    for (int whole = random.nextInt(expected.size() + 1); whole > 0; whole--) {
      at = log.read(at).end();
      expected.remove(0);
      items.remove(0);
    }
    if (!items.isEmpty() && items.get(0) > 1 && random.nextBoolean()) {
      SegmentLog.Entry entry = log.read(at);
      int skip = at.equals(log.begin()) ? at.skip() : 0;
      at = new Position(entry.begin().segment(), entry.begin().offset(), skip + 1);
      items.set(0, items.get(0) - 1);
    }
    log.acknowledge(at);
  }

  @Test
  void aRecordThatIsTornAtAnyByteIsNotThereAndTheOthersAre() throws IOException {
    try (SegmentLog log = SegmentLog.open(folder, 10_000, false)) {
      append(log, payload(0, 20), 1);
      append(log, payload(1, 20), 1);
    }
    long whole = Files.size(segments(folder).get(0));
    long first = whole - Segment.RECORD_HEADER_BYTES - payload(1, 20).length;
    for (long length = 0; length < whole; length++) {
      Path place = copy(folder.resolve("torn-" + length));
      try (RandomAccessFile file = new RandomAccessFile(segments(place).get(0).toFile(), "rw")) {
        file.setLength(length);
      }
      try (SegmentLog log = SegmentLog.open(place, 10_000, false)) {
        List<Integer> expected = length < first ? List.of() : List.of(0);
        assertThat(read(log, log.begin())).as("%d bytes", length).isEqualTo(expected);
        append(log, payload(7, 3), 1);
        List<Integer> with = new ArrayList<>(expected);
        with.add(7);
        assertThat(read(log, log.begin())).isEqualTo(with);
      }
    }
  }

  /** A bit may turn anywhere: what is read is what was written, or is said to be unreadable. */
  @Test
  void nothingIsReadOtherwiseThanItWasWritten() throws IOException {
    try (SegmentLog log = SegmentLog.open(folder, 150, false)) {
      for (int i = 0; i < 6; i++) {
        append(log, payload(i, 30), 1);
      }
      log.acknowledge(log.read(log.begin()).end());
    }
    SeededCases.forEachSeed(
        300,
        random -> {
          Path place = copy(Files.createTempDirectory(folder, "turned"));
          List<Path> files = new ArrayList<>(segments(place));
          files.add(place.resolve("position"));
          Path file = files.get(random.nextInt(files.size()));
          byte[] bytes = Files.readAllBytes(file);
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
          Files.write(file, bytes);
          try (SegmentLog log = SegmentLog.open(place, 150, false)) {
            List<Integer> read = new ArrayList<>(read(log, log.begin()));
            read.removeIf(number -> number < 0);
            assertThat(read).isSorted().doesNotHaveDuplicates();
            assertThat(List.of(0, 1, 2, 3, 4, 5)).containsAll(read);
            assertThat(read).as("only what is in the same file is lost").hasSizeGreaterThan(2);
          } catch (Segment.OtherFormatException e) {
            throw new AssertionError("a turned bit is no other format", e);
          }
        });
  }

  @Test
  void aPositionThatCannotBeReadCostsNothing() throws IOException {
    try (SegmentLog log = SegmentLog.open(folder, 10_000, false)) {
      for (int i = 0; i < 4; i++) {
        append(log, payload(i, 30), 1);
      }
      log.acknowledge(log.read(log.begin()).end());
    }
    Files.write(folder.resolve("position"), new byte[] {1, 2, 3});
    try (SegmentLog log = SegmentLog.open(folder, 10_000, false)) {
      assertThat(read(log, log.begin()))
          .as("once more rather than never")
          .containsExactly(0, 1, 2, 3);
    }
  }

  @Test
  void anotherFormatIsRefusedAndLeftAlone() throws IOException {
    SegmentLog.open(folder, 10_000, false).close();
    Path segment = segments(folder).get(0);
    byte[] bytes = Files.readAllBytes(segment);
    ByteBuffer header = ByteBuffer.wrap(bytes);
    header.putInt(8, 2);
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, 12);
    header.putInt(12, (int) crc.getValue());
    Files.write(segment, bytes);
    assertThatThrownBy(() -> SegmentLog.open(folder, 10_000, false))
        .isInstanceOf(Segment.OtherFormatException.class)
        .hasMessageContaining("has format 2, and this version of goshawk knows 1");
    assertThat(Files.readAllBytes(segment)).isEqualTo(bytes);
  }

  @Test
  void filesOfOthersAreLeftAlone() throws IOException {
    Path other = Files.writeString(folder.resolve("exporter_otlp_http__traces"), "bbolt");
    try (SegmentLog log = SegmentLog.open(folder, 10_000, false)) {
      append(log, payload(1, 1), 1);
    }
    assertThat(other).hasContent("bbolt");
  }

  @Test
  void aThreadThatIsInterruptedDoesNotCloseTheFiles() throws IOException {
    try (SegmentLog log = SegmentLog.open(folder, 10_000, false)) {
      Thread.currentThread().interrupt();
      append(log, payload(1, 1), 1);
      assertThat(Thread.interrupted()).isTrue();
      append(log, payload(2, 1), 1);
      assertThat(read(log, log.begin())).containsExactly(1, 2);
    }
  }
}
