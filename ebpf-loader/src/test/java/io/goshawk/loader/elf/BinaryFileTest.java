// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BinaryFileTest {

  /** More windows than are held at once, and a bit. */
  private static final int BYTES =
      (BinaryFile.SETS * BinaryFile.WAYS + 3) * BinaryFile.WINDOW_BYTES + 12_345;

  @Test
  void readsAnyPlaceInAnyOrder(@TempDir Path directory) throws Exception {
    byte[] expected = new byte[BYTES];
    Random random = new Random(1);
    random.nextBytes(expected);
    ByteBuffer view = ByteBuffer.wrap(expected).order(ByteOrder.LITTLE_ENDIAN);
    Path path = Files.write(directory.resolve("file"), expected);
    try (BinaryFile file = BinaryFile.open(path, Budget.usual())) {
      assertThat(file.size()).isEqualTo(BYTES);
      for (int i = 0; i < 20_000; i++) {
        // Half of them around the seams.
        int seam =
            BinaryFile.WINDOW_BYTES * (1 + random.nextInt(BinaryFile.SETS * BinaryFile.WAYS + 3));
        int at = i % 2 == 0 ? random.nextInt(BYTES - 8) : seam - 10 + random.nextInt(12);
        assertThat(file.u64(at)).isEqualTo(view.getLong(at));
        assertThat(file.u32(at)).isEqualTo(view.getInt(at) & 0xffff_ffffL);
        assertThat(file.u16(at)).isEqualTo(view.getShort(at) & 0xffff);
        assertThat(file.u8(at)).isEqualTo(view.get(at) & 0xff);
      }
      int from = BinaryFile.WINDOW_BYTES - 100;
      int length = 2 * BinaryFile.WINDOW_BYTES + 200;
      assertThat(file.bytes(from, length))
          .isEqualTo(Arrays.copyOfRange(expected, from, from + length));
    }
  }

  @Test
  void namesThePlaceWhereTheFileEndsTooEarly(@TempDir Path directory) throws IOException {
    Path path = Files.write(directory.resolve("file"), new byte[100]);
    try (BinaryFile file = BinaryFile.open(path, Budget.usual())) {
      assertThatThrownBy(() -> file.u64(93))
          .isInstanceOfSatisfying(
              MalformedFileException.class, e -> assertThat(e.offset()).isEqualTo(93));
      assertThatThrownBy(() -> file.u8(-1)).isInstanceOf(MalformedFileException.class);
      assertThatThrownBy(() -> file.u8(Long.MAX_VALUE)).isInstanceOf(MalformedFileException.class);
      assertThatThrownBy(() -> file.bytes(0, 101)).isInstanceOf(MalformedFileException.class);
    }
  }

  @Test
  void saysThatAFileWasCutShort(@TempDir Path directory) throws Exception {
    Path path = Files.write(directory.resolve("file"), new byte[3 * BinaryFile.WINDOW_BYTES]);
    try (BinaryFile file = BinaryFile.open(path, Budget.usual())) {
      Files.write(path, new byte[BinaryFile.WINDOW_BYTES + 100]);
      assertThat(file.u8(0)).isZero();
      assertThatThrownBy(() -> file.u8(BinaryFile.WINDOW_BYTES + 50))
          .isInstanceOf(UnreadableFileException.class)
          .hasMessageContaining("cut short");
    }
  }

  @Test
  void leavesAFileOpenThatOthersOpened(@TempDir Path directory) throws Exception {
    Path path = Files.write(directory.resolve("file"), new byte[] {1, 2, 3});
    try (FileChannel channel = FileChannel.open(path)) {
      try (BinaryFile file = BinaryFile.of(channel, Budget.usual())) {
        assertThat(file.u8(2)).isEqualTo(3);
      }
      assertThat(channel.isOpen()).isTrue();
    }
  }
}
