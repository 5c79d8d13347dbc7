// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.spans.data.AttributeLimits;
import io.goshawk.testing.SeededCases;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class SpanBatchTest {
  private static final AttributeKey<String> TEXT = AttributeKey.stringKey("text");
  private static final InstrumentationScopeInfo SCOPE = InstrumentationScopeInfo.create("scope");

  private final SpanDraft draft = new SpanDraft(new FieldEncoder(AttributeLimits.DEFAULT));
  private final SpanBuffer buffer = new SpanBuffer();

  private static Resource resource(int bytes) {
    return Resource.create(Attributes.of(TEXT, "r".repeat(bytes)));
  }

  private void add(Resource resource, int bytes) {
    draft.clear();
    draft.put(TEXT, "s".repeat(bytes));
    draft.finish(1, 2, resource, SCOPE, buffer);
  }

  @Test
  void aRequestHasEachResourceOnceAndMemoryHasNone() {
    Resource one = resource(1_000);
    Resource other = resource(20_000);
    for (int i = 0; i < 10; i++) {
      add(one, 100);
      add(other, 100);
    }
    int encoded = buffer.bytes();
    SpanBatch batch = buffer.take();
    assertThat(batch.bytes()).isEqualTo(encoded).isBetween(20 * 100, 20 * 200);
    assertThat(batch.requestBytes() - encoded).isBetween(21_000, 21_300);
  }

  /** Also where a resource is larger than all that may be sent. */
  @Test
  void asManySpansFitAsTheRequestHasRoomFor() {
    SeededCases.forEachSeed(
        200,
        random -> {
          List<Resource> resources = List.of(resource(random.nextInt(2_000)), resource(10));
          int spans = 1 + random.nextInt(50);
          for (int i = 0; i < spans; i++) {
            add(resources.get(random.nextInt(2)), random.nextInt(20_000));
          }
          SpanBatch batch = buffer.take();
          assertCut(batch, random);
          batch.release();
        });
  }

  private static void assertCut(SpanBatch batch, RandomGenerator random) {
    int limit = random.nextInt(batch.requestBytes() + 1);
    int fitting = batch.countWithin(limit);
    SpanBatch head = batch.head(fitting);
    assertThat(fitting).isBetween(1, batch.size());
    if (fitting > 1) {
      assertThat(head.requestBytes()).isLessThanOrEqualTo(limit);
    }
    if (fitting < batch.size()) {
      assertThat(batch.head(fitting + 1).requestBytes()).isGreaterThan(limit);
    } else {
      assertThat(batch.requestBytes()).isLessThanOrEqualTo(Math.max(limit, head.requestBytes()));
    }
  }
}
