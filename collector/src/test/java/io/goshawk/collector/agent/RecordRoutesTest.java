// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.abi.RecordHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RecordRoutesTest {

  private final List<String> taken = new ArrayList<>();
  private final RecordRoutes routes =
      new RecordRoutes((records, offset, length) -> taken.add("other at " + offset));

  @Test
  void eachTypeHasAWayOfItsOwn() {
    routes
        .route(1, (records, offset, length) -> taken.add("one at " + offset))
        .route(64, (records, offset, length) -> taken.add("sixty-four, " + length + " bytes"));

    routes.onRecord(record(0, 1), 0, RecordHeader.SIZE);
    routes.onRecord(record(8, 64), 8, RecordHeader.SIZE);

    assertThat(taken)
        .containsExactly("one at 0", "sixty-four, %d bytes".formatted(RecordHeader.SIZE));
  }

  @Test
  void whatHasNoRouteGoesToTheOthers() {
    routes.onRecord(record(0, 2), 0, RecordHeader.SIZE);
    routes.onRecord(record(8, 0xffff), 8, RecordHeader.SIZE);
    routes.onRecord(new byte[4], 4, 0);

    assertThat(taken).containsExactly("other at 0", "other at 8", "other at 4");
  }

  @Test
  void aTypeCannotHaveTwoRoutes() {
    routes.route(1, (records, offset, length) -> {});

    assertThatThrownBy(() -> routes.route(1, (records, offset, length) -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("type 1");
  }

  private static byte[] record(int offset, int type) {
    ByteBuffer bytes =
        ByteBuffer.allocate(offset + RecordHeader.SIZE).order(ByteOrder.LITTLE_ENDIAN);
    RecordHeader.type(bytes, offset, (short) type);
    return bytes.array();
  }
}
