package io.goshawk.loader.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedFileTest {

  /** More windows than are mapped at once, and a bit. */
  private static final int BYTES = (MappedFile.WINDOWS + 3) * MappedFile.WINDOW_BYTES + 12_345;

  @Test
  void readsAnyPlaceInAnyOrder(@TempDir Path directory) throws Exception {
    byte[] expected = new byte[BYTES];
    Random random = new Random(1);
    random.nextBytes(expected);
    ByteBuffer view = ByteBuffer.wrap(expected).order(ByteOrder.LITTLE_ENDIAN);
    Path path = Files.write(directory.resolve("file"), expected);
    try (MappedFile file = MappedFile.open(path)) {
      assertThat(file.size()).isEqualTo(BYTES);
      for (int i = 0; i < 20_000; i++) {
        // Half of them around the seams.
        int seam = MappedFile.WINDOW_BYTES * (1 + random.nextInt(MappedFile.WINDOWS + 3));
        int at = i % 2 == 0 ? random.nextInt(BYTES - 8) : seam - 10 + random.nextInt(12);
        assertThat(file.u64(at)).isEqualTo(view.getLong(at));
        assertThat(file.u32(at)).isEqualTo(view.getInt(at) & 0xffff_ffffL);
        assertThat(file.u16(at)).isEqualTo(view.getShort(at) & 0xffff);
        assertThat(file.u8(at)).isEqualTo(view.get(at) & 0xff);
      }
      int from = MappedFile.WINDOW_BYTES - 100;
      int length = 2 * MappedFile.WINDOW_BYTES + 200;
      assertThat(file.bytes(from, length))
          .isEqualTo(Arrays.copyOfRange(expected, from, from + length));
    }
  }

  @Test
  void namesThePlaceWhereTheFileEndsTooEarly(@TempDir Path directory) throws IOException {
    Path path = Files.write(directory.resolve("file"), new byte[100]);
    try (MappedFile file = MappedFile.open(path)) {
      assertThatThrownBy(() -> file.u64(93))
          .isInstanceOfSatisfying(
              MalformedFileException.class, e -> assertThat(e.offset()).isEqualTo(93));
      assertThatThrownBy(() -> file.u8(-1)).isInstanceOf(MalformedFileException.class);
      assertThatThrownBy(() -> file.u8(Long.MAX_VALUE)).isInstanceOf(MalformedFileException.class);
      assertThatThrownBy(() -> file.bytes(0, 101)).isInstanceOf(MalformedFileException.class);
    }
  }

  @Test
  void isNotReadOnceItIsClosed(@TempDir Path directory) throws Exception {
    MappedFile file = MappedFile.open(Files.write(directory.resolve("file"), new byte[] {1, 2, 3}));
    assertThat(file.u8(2)).isEqualTo(3);
    file.close();
    assertThatThrownBy(() -> file.u8(2)).isInstanceOf(IllegalStateException.class);
  }
}
