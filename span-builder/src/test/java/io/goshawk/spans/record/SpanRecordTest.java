// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.BlockHeader;
import io.goshawk.abi.HttpServerRecord;
import io.goshawk.spans.testing.HttpRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpanRecordTest {
  private final SpanRecord record = new SpanRecord();

  /** The payloads of the blocks of a type, in a record that lies somewhere in the ring. */
  private List<byte[]> blocks(HttpRecord written, int type) {
    byte[] bytes = written.bytes();
    byte[] ring = new byte[24 + bytes.length + 24];
    System.arraycopy(bytes, 0, ring, 24, bytes.length);
    assertThat(record.wrap(ring, 24, bytes.length, HttpServerRecord.SIZE)).isNull();
    assertThat(record.checkBlocks(HttpServerRecord.SIZE)).isNull();
    List<byte[]> found = new ArrayList<>();
    for (int at = record.block(type); at >= 0; at = record.blockAfter(at, type)) {
      int from = at + BlockHeader.SIZE;
      found.add(
          Arrays.copyOfRange(record.bytes(), from, at + BlockHeader.size(record.bytes(), at)));
    }
    return found;
  }

  @Test
  void blocksAreFoundByTheirTypeInTheirOrder() {
    HttpRecord written =
        HttpRecord.get("/of/some/length")
            .block(5, new byte[] {1, 2, 3})
            .block(9, new byte[] {4})
            .block(5, new byte[0])
            .block(5, new byte[] {5, 6, 7, 8, 9, 10, 11, 12});

    assertThat(blocks(written, 5))
        .containsExactly(new byte[] {1, 2, 3}, new byte[0], new byte[] {5, 6, 7, 8, 9, 10, 11, 12});
    assertThat(blocks(written, 9)).containsExactly(new byte[] {4});
    assertThat(blocks(written, 1)).isEmpty();
  }

  @Test
  void aRecordWithoutBlocksHasNone() {
    assertThat(blocks(HttpRecord.get(), 5)).isEmpty();
  }
}
