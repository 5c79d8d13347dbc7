// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import static io.goshawk.collector.telemetry.EncodedBatches.batch;
import static io.goshawk.collector.telemetry.EncodedBatches.names;
import static io.goshawk.collector.telemetry.EncodedBatches.spans;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.Host;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.component.Processor;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.testing.Configurations;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.Signal;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TailSamplerTest {
  private static final long SECOND = 1_000_000_000;
  private static final String ERRORS =
      "{name: errors, type: status_code, status_code: {status_codes: [ERROR]}}";

  private final List<String> emitted = new ArrayList<>();
  private long dropped;
  private long now;

  private final Processor.Output output =
      new Processor.Output() {
        @Override
        public void emit(EncodedBatch batch) {
          emitted.addAll(names(batch));
          batch.release();
        }

        @Override
        public void drop(String reason, long spans) {
          assertThat(reason).isEqualTo(TailSampler.NOT_SAMPLED);
          dropped += spans;
        }
      };

  private TailSampler sampler(String settings, long mostBytes) {
    Component component =
        Configurations.first(
            ComponentKind.PROCESSOR,
            "{receivers: {goshawk: }, exporters: {nop: }, processors: {tail_sampling: "
                + settings
                + "}, service: {pipelines: {traces: {receivers: [goshawk], processors:"
                + " [tail_sampling], exporters: [nop]}}}}");
    Host host =
        new Host() {
          @Override
          public Optional<Extension> extension(ComponentId id) {
            return Optional.empty();
          }

          @Override
          public List<NodeAccount.Snapshot> nodes() {
            return List.of();
          }
        };
    return new TailSampler(
        new ComponentContext(
            component.id(), Signal.TRACES, new NodeAccount("test"), () -> now, host),
        component.settings(),
        mostBytes);
  }

  /** Different in all its bytes, as ids are. */
  private static ByteString traceId(long number) {
    SplittableRandom random = new SplittableRandom(number);
    return ByteString.copyFrom(
        ByteBuffer.allocate(16).putLong(random.nextLong()).putLong(random.nextLong()).array());
  }

  /** A span of a trace, so many milliseconds long. */
  private static EncodedBatch span(String name, long trace, long startMillis, long endMillis) {
    return batch(
        "shop",
        1,
        span ->
            span.setName(name)
                .setTraceId(traceId(trace))
                .setStartTimeUnixNano(startMillis * 1_000_000)
                .setEndTimeUnixNano(endMillis * 1_000_000));
  }

  private static EncodedBatch failed(String name, long trace) {
    return batch(
        "shop",
        1,
        span ->
            span.setName(name)
                .setTraceId(traceId(trace))
                .setStatus(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR)));
  }

  @Test
  void aTraceIsKeptOrDroppedAsAWholeWhenItsTimeIsOver() {
    TailSampler sampler = sampler("{decision_wait: 10s, policies: [" + ERRORS + "]}", 1 << 20);
    sampler.process(span("a1", 1, 0, 1), output);
    sampler.process(span("b1", 2, 0, 1), output);
    now += 5 * SECOND;
    sampler.process(failed("a2", 1), output);
    sampler.process(span("b2", 2, 0, 1), output);
    assertThat(sampler.tick(now, output)).isEqualTo(5 * SECOND);
    assertThat(emitted).isEmpty();
    assertThat(sampler.held()).isEqualTo(4);

    now += 5 * SECOND;
    sampler.tick(now, output);
    assertThat(emitted).containsExactly("a1", "a2");
    assertThat(dropped).isEqualTo(2);
    assertThat(sampler.held()).isZero();

    sampler.process(span("a3", 1, 0, 1), output);
    sampler.process(failed("b3", 2), output);
    assertThat(emitted).as("what comes later has the same fate").endsWith("a3").hasSize(3);
    assertThat(dropped).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "{threshold_ms: 100}, 100, false",
    "{threshold_ms: 100}, 101, true",
    "'{threshold_ms: 100, upper_threshold_ms: 200}', 100, false",
    "'{threshold_ms: 100, upper_threshold_ms: 200}', 101, true",
    "'{threshold_ms: 100, upper_threshold_ms: 200}', 200, true",
    "'{threshold_ms: 100, upper_threshold_ms: 200}', 201, false"
  })
  void latencyIsFromTheFirstBeginningToTheLastEnd(String latency, long millis, boolean kept) {
    TailSampler sampler =
        sampler("{policies: [{name: slow, type: latency, latency: " + latency + "}]}", 1 << 20);
    sampler.process(span("late", 1, 1_050, 1_000 + millis), output);
    sampler.process(span("early", 1, 1_000, 1_001), output);
    sampler.drain(output);
    assertThat(emitted).hasSize(kept ? 2 : 0);
  }

  /** FNV-1a of "default-hash-seed" and the id, as hash/fnv computes it. */
  @ParameterizedTest
  @ValueSource(strings = {"", ", hash_salt: \"\""})
  void aShareOfTracesIsTheSameShareThatACollectorKeeps(String salt) {
    TailSampler half =
        sampler(
            "{policies: [{name: p, type: probabilistic, probabilistic: {sampling_percentage: 50"
                + salt
                + "}}]}",
            64 << 20);
    int traces = 2_000;
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < traces; i++) {
      half.process(span("t" + i, i, 0, 1), output);
      BigInteger hash = new BigInteger("14695981039346656037");
      byte[] salted = ByteString.copyFromUtf8("default-hash-seed").concat(traceId(i)).toByteArray();
      for (byte b : salted) {
        hash =
            hash.xor(BigInteger.valueOf(b & 0xff))
                .multiply(BigInteger.valueOf(1_099_511_628_211L))
                .mod(BigInteger.ONE.shiftLeft(64));
      }
      if (!hash.testBit(63)) {
        expected.add("t" + i);
      }
    }
    half.drain(output);
    assertThat(emitted).isEqualTo(expected);
    assertThat(emitted.size()).isBetween(traces * 4 / 10, traces * 6 / 10);
    for (String share : List.of("0", "100", "250")) {
      emitted.clear();
      TailSampler sampler =
          sampler(
              "{policies: [{name: p, type: probabilistic, probabilistic: {sampling_percentage: "
                  + share
                  + "}}]}",
              64 << 20);
      for (int i = 0; i < 100; i++) {
        sampler.process(span("t" + i, i, 0, 1), output);
      }
      sampler.drain(output);
      assertThat(emitted).hasSize(share.equals("0") ? 0 : 100);
    }
  }

  @Test
  void whenTooManyWaitTheOldestAreDecidedEarly() {
    TailSampler few =
        sampler("{num_traces: 2, policies: [{name: all, type: always_sample}]}", 1 << 20);
    for (int i = 0; i < 5; i++) {
      few.process(span("t" + i, i, 0, 1), output);
    }
    assertThat(emitted).containsExactly("t0", "t1", "t2");
    assertThat(few.held()).isEqualTo(2);
    emitted.clear();
    TailSampler small = sampler("{policies: [{name: all, type: always_sample}]}", 1_000);
    for (int i = 0; i < 20; i++) {
      small.process(span("t" + i, i, 0, 1), output);
    }
    assertThat(emitted).startsWith("t0", "t1");
    assertThat(emitted.size() + small.held()).isEqualTo(20);
    assertThat(small.held()).isLessThan(10);
  }

  @Test
  void whatHasEventsAndLinksAndMoreIsEmittedAsItCame() {
    TailSampler sampler = sampler("{policies: [{name: all, type: always_sample}]}", 1 << 20);
    List<EncodedBatch> whole = new ArrayList<>();
    List<Span> expected = spans(batch("shop", 3, s -> {}));
    sampler.process(batch("shop", 3, s -> {}), output);
    sampler.drain(
        new Processor.Output() {
          @Override
          public void emit(EncodedBatch batch) {
            whole.add(batch);
          }

          @Override
          public void drop(String reason, long spans) {
            throw new AssertionError(reason);
          }
        });
    assertThat(spans(EncodedBatch.concat(whole))).isEqualTo(expected);
  }
}
