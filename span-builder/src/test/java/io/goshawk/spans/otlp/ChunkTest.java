// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

class ChunkTest {
  private final Chunk.Pool pool = new Chunk.Pool();

  @Test
  void isUsedAgainWhenItsLastUserHasReleasedIt() {
    Chunk chunk = pool.take(10);
    chunk.retain();
    chunk.release();
    assertThat(pool.take(10)).isNotSameAs(chunk);
    chunk.release();
    assertThat(pool.take(10)).isSameAs(chunk);
    assertThat(pool.take(10)).isNotSameAs(chunk);
  }

  @Test
  void aUserTooManyIsADefectThatShows() {
    Chunk chunk = pool.take(10);
    chunk.release();
    assertThatIllegalStateException().isThrownBy(chunk::release);
    assertThatIllegalStateException().isThrownBy(chunk::retain);
  }

  @Test
  void whatNeedsMoreRoomThanAChunkHasGetsItAndIsNotKept() {
    Chunk large = pool.take(10 * Chunk.Pool.CHUNK_BYTES);
    assertThat(large.bytes()).hasSize(10 * Chunk.Pool.CHUNK_BYTES);
    large.release();
    assertThat(pool.take(10)).isNotSameAs(large);
  }
}
