// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import static io.goshawk.collector.telemetry.EncodedBatches.attribute;
import static io.goshawk.collector.telemetry.EncodedBatches.batch;
import static io.goshawk.collector.telemetry.EncodedBatches.names;
import static io.goshawk.collector.telemetry.EncodedBatches.sent;
import static io.goshawk.collector.telemetry.EncodedBatches.spans;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Factories;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.component.Processor;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.testing.Contexts;
import io.goshawk.config.ConfigLoader;
import io.goshawk.config.component.Catalogue;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessorTest {

  private static final long SECOND = 1_000_000_000;

  private final List<EncodedBatch> emitted = new ArrayList<>();
  private final Map<String, Long> dropped = new LinkedHashMap<>();
  private long now;

  private final Processor.Output output =
      new Processor.Output() {
        @Override
        public void emit(EncodedBatch batch) {
          emitted.add(batch);
        }

        @Override
        public void drop(String reason, long spans) {
          if (spans > 0) {
            dropped.merge(reason, spans, Long::sum);
          }
        }
      };

  private static Component configured(String type, String settings) {
    return ConfigLoader.load(
            List.of(
                "yaml:{receivers: {goshawk: }, exporters: {nop: }, service: {pipelines: {traces:"
                    + " {receivers: [goshawk], processors: ["
                    + type
                    + "], exporters: [nop]}}}}",
                "yaml:processors: {" + type + ": " + settings + "}"),
            Map.of(),
            MapNode.empty(Origin.DEFAULT),
            Catalogue.complete())
        .config()
        .components()
        .stream()
        .filter(component -> component.kind() == ComponentKind.PROCESSOR)
        .findFirst()
        .orElseThrow();
  }

  private ComponentContext context(Component component) {
    return Contexts.of(component.id(), new NodeAccount("test"), () -> now);
  }

  private Processor processor(String type, String settings) {
    Component component = configured(type, settings);
    Factories.Builder factories = Factories.builder();
    Processors.register(factories);
    return factories.build().processor(type).create(context(component), component.settings());
  }

  private Span only() {
    assertThat(emitted).hasSize(1);
    return spans(emitted.get(0)).get(0);
  }

  // ---- attributes, resource

  private List<KeyValue> changed(String actions, KeyValue... attributes) {
    emitted.clear();
    processor("attributes", "{actions: " + actions + "}")
        .process(
            batch("shop", 1, s -> s.clearAttributes().addAllAttributes(List.of(attributes))),
            output);
    return only().getAttributesList();
  }

  @Test
  void attributesAreInsertedUpdatedAndUpserted() {
    KeyValue a = attribute("a", "old");
    assertThat(changed("[{key: a, action: insert, value: new}]", a)).containsExactly(a);
    assertThat(changed("[{key: b, action: insert, value: 2}]", a))
        .containsExactly(a, attribute("b", 2));
    assertThat(changed("[{key: b, action: update, value: new}]", a)).containsExactly(a);
    assertThat(changed("[{key: a, action: update, value: '2'}]", a))
        .containsExactly(attribute("a", "2"));
    assertThat(changed("[{key: b, action: upsert, from_attribute: a}]", a))
        .containsExactly(a, attribute("b", "old"));
    assertThat(changed("[{key: b, action: upsert, from_attribute: x}]", a)).containsExactly(a);
    assertThat(changed("[{key: b, action: upsert, from_attribute: x, default_value: y}]", a))
        .containsExactly(a, attribute("b", "y"));
  }

  @Test
  void attributesAreDeletedHashedExtractedAndConverted() {
    KeyValue a = attribute("a", "abc");
    assertThat(changed("[{key: a, action: delete}]", a)).isEmpty();
    assertThat(changed("[{pattern: '^x', action: delete}]", a, attribute("xy", 1)))
        .containsExactly(a);
    assertThat(changed("[{key: a, action: hash}]", a))
        .containsExactly(
            attribute("a", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assertThat(changed("[{key: a, action: extract, pattern: '(?P<x_1>.)(?P<y>.)$'}]", a))
        .containsExactly(a, attribute("x_1", "b"), attribute("y", "c"));
    assertThat(changed("[{key: n, action: convert, converted_type: int}]", attribute("n", "12")))
        .containsExactly(attribute("n", 12));
    assertThat(changed("[{key: a, action: convert, converted_type: int}]", a)).containsExactly(a);
    assertThat(changed("[{key: n, action: convert, converted_type: string}]", attribute("n", 12)))
        .containsExactly(attribute("n", "12"));
    assertThat(changed("[{key: n, action: UPSERT, value: 1_000}]"))
        .containsExactly(attribute("n", 1_000));
  }

  /** What others than text become. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "1.0; 1",
        "-2.50; -2.5",
        "123456789012.0; 123456789012",
        "1e21; 1e+21",
        "1.5e-7; 1.5e-7",
        "0.000001; 0.000001",
        "[a, 1, 2.0, true]; [\"a\",1,2,true]",
        "{b: 1.0, a: [\"x\\\"y\"]}; {\"a\":[\"x\\\"y\"],\"b\":1}"
      })
  void valuesAreWrittenAsTheCollectorWritesThem(String value, String text) {
    assertThat(
            changed(
                "[{key: a, action: insert, value: "
                    + value
                    + "}, {key: a, action: convert, converted_type: string}]"))
        .containsExactly(attribute("a", text));
  }

  @ParameterizedTest
  @CsvSource({"1.5e3, true", "-.5, true", "'1 ', false", "1d, false", "1.5f, false"})
  void onlyWhatIsANumberBecomesOne(String text, boolean number) {
    KeyValue a = attribute("a", text);
    assertThat(changed("[{key: a, action: convert, converted_type: double}]", a).get(0).getValue())
        .matches(value -> value.hasDoubleValue() == number);
  }

  /** A pattern that tries each way to divide them would take an hour. */
  @Test
  @Timeout(60)
  void digitsWithoutANumberAreReadOnce() {
    KeyValue a = attribute("a", "1".repeat(3_000_000) + "x");
    assertThat(changed("[{key: a, action: convert, converted_type: double}]", a))
        .containsExactly(a);
  }

  @Test
  void onlyTextIsTakenApartAndOfAListNoHashIsMade() {
    KeyValue number = attribute("n", 12);
    assertThat(changed("[{key: n, action: extract, pattern: '(?P<x>.)'}]", number))
        .containsExactly(number);
    assertThat(changed("[{key: l, action: insert, value: [a]}, {key: l, action: hash}]"))
        .containsExactly(attribute("l", ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "include: {match_type: strict, services: [shop]}; true",
        "include: {match_type: strict, services: [sho]}; false",
        "include: {match_type: regexp, services: [sho]}; true",
        "include: {match_type: regexp, span_names: ['^span [1-9]$']}; false",
        "include: {match_type: strict, span_kinds: [SPAN_KIND_SERVER]}; true",
        "include: {match_type: strict, attributes: [{key: number, value: 0}]}; true",
        "include: {match_type: strict, attributes: [{key: number}, {key: none}]}; false",
        "include: {match_type: strict, resources: [{key: none}, {key: service.name}]}; false",
        "include: {match_type: strict, resources: [{key: service.name, value: shop}]}; true",
        "include: {match_type: regexp, attributes: [{key: number, value: '^0$'}]}; true",
        "include: {match_type: strict, libraries: [{name: lib, version: '2'}]}; false",
        "exclude: {match_type: strict, services: [shop]}; false",
        "exclude: {match_type: strict, services: [other]}; true"
      })
  void onlySpansThatFitAreChanged(String match, boolean fits) {
    processor("attributes", "{" + match + ", actions: [{key: x, action: insert, value: y}]}")
        .process(batch("shop", 1, s -> {}), output);
    assertThat(only().getAttributesList().contains(attribute("x", "y"))).isEqualTo(fits);
  }

  @Test
  void resourcesAreChanged() {
    processor("resource", "{attributes: [{key: team, action: upsert, value: a}]}")
        .process(batch("shop", 2, s -> {}), output);
    assertThat(sent(emitted.get(0)).getResourceSpans(0).getResource().getAttributesList())
        .contains(attribute("team", "a"));
  }

  // ---- filter

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "name == \"span 0\"; true",
        "name != \"span 0\"; false",
        "IsMatch(name, \"^span [0-9]$\"); true",
        "not IsMatch(name, \"x\") and kind == SPAN_KIND_SERVER; true",
        "attributes[\"number\"] == 0; true",
        "attributes[\"number\"] < 0.5; true",
        "attributes[\"number\"] == \"0\"; false",
        "attributes[\"number\"] != \"0\"; true",
        "attributes[\"none\"] == nil; true",
        "attributes[\"none\"] != nil or false; false",
        "IsMatch(attributes[\"none\"], \".*\"); false",
        "resource.attributes[\"service.name\"] == \"shop\"; true",
        "instrumentation_scope.name == \"lib\" and scope.version == \"1\"; true",
        "IsRootSpan() and (status.code == STATUS_CODE_ERROR or kind.string == \"Server\"); true",
        "end_time_unix_nano - 0 > 1; ERROR",
        "end_time_unix_nano > start_time_unix_nano; true",
        "trace_id.string == \"0102030405060708090a0b0c0d0e0000\"; true",
        "Len(name) == 6; true",
        "Len(\"\u00fc\") == 2; true",
        "IsMatch(1.0, \"^1$\"); true",
        "Int(\"12\") >= 12; true",
        "HasPrefix(ToUpperCase(name), \"SPAN\"); true",
        "IsInt(attributes[\"number\"]) == true; true"
      })
  void aConditionIsAnsweredAsByOttl(String condition, String answer) {
    String settings = "{traces: {span: ['" + condition + "']}}";
    if (answer.equals("ERROR")) {
      assertThatThrownBy(() -> processor("filter", settings))
          .hasMessageContaining("at character 20: \"- 0 > 1\" is not expected here");
      return;
    }
    processor("filter", settings).process(batch("shop", 1, s -> {}), output);
    assertThat(dropped.containsKey(FilterProcessor.FILTERED))
        .isEqualTo(Boolean.parseBoolean(answer));
    assertThat(emitted).hasSize(Boolean.parseBoolean(answer) ? 0 : 1);
  }

  @ParameterizedTest
  @CsvSource({
    "'', 3, 0",
    "error_mode: ignore, 3, 0",
    "error_mode: silent, 3, 0",
    "error_mode: propagate, 0, 3"
  })
  void aConditionWithoutAnAnswerKeepsOrDropsTheSpan(String mode, int kept, long lost) {
    processor(
            "filter",
            "{"
                + mode
                + (mode.isEmpty() ? "" : ", ")
                + "traces: {span: ['HasPrefix(attributes[\"x\"], \"y\")']}}")
        .process(batch("shop", 3, s -> {}), output);
    assertThat(emitted.stream().mapToInt(EncodedBatch::size).sum()).isEqualTo(kept);
    assertThat(dropped.getOrDefault(FilterProcessor.NO_ANSWER, 0L)).isEqualTo(lost);
  }

  @Test
  void aTextThatIsTooLongForAPatternCostsOnlyItsSpan() {
    processor("filter", "{error_mode: propagate, traces: {span: ['IsMatch(name, \"^(a|b)*$\")']}}")
        .process(
            batch(
                "shop",
                3,
                span -> span.setName(span.getName().equals("span 1") ? "a".repeat(1 << 20) : "x")),
            output);
    assertThat(emitted.get(0).size()).isEqualTo(2);
    assertThat(dropped).containsExactly(Map.entry(FilterProcessor.NO_ANSWER, 1L));
  }

  @Test
  void whatIsNoNumberIsNotNothing() {
    processor("filter", "{error_mode: silent, traces: {span: ['Int(name) == nil']}}")
        .process(batch("shop", 3, s -> {}), output);
    assertThat(emitted.get(0).size()).isEqualTo(3);
  }

  @Test
  void aConditionMayBeAboutTheResourceOrNameItsContext() {
    processor("filter", "{traces: {resource: ['attributes[\"service.name\"] == \"shop\"']}}")
        .process(batch("shop", 2, s -> {}), output);
    processor("filter", "{trace_conditions: ['span.name == \"span 1\"']}")
        .process(batch("shop", 2, s -> {}), output);
    assertThat(dropped).containsExactly(Map.entry(FilterProcessor.FILTERED, 3L));
    assertThat(names(emitted.get(0))).containsExactly("span 0");
  }

  // ---- probabilistic_sampler

  /** A batch with that many traces of random ids. */
  private static EncodedBatch randomTraces(int count) {
    SplittableRandom random = new SplittableRandom(1);
    return batch(
        "shop",
        count,
        span -> {
          byte[] id = new byte[16];
          random.nextBytes(id);
          span.setTraceId(ByteString.copyFrom(id));
        });
  }

  @ParameterizedTest
  @CsvSource({
    "'hash_seed: 22, sampling_percentage: 25', 0.25",
    "'sampling_percentage: 25', 0.25",
    "'mode: proportional, sampling_percentage: 25', 0.25",
    "'mode: equalizing, sampling_percentage: 12.5', 0.125",
    "'sampling_percentage: 0', 0",
    "'sampling_percentage: 100', 1",
    "'hash_seed: 1, sampling_percentage: 200', 1"
  })
  void aShareOfTheTracesIsKept(String settings, double share) {
    int all = 4_000;
    processor("probabilistic_sampler", "{" + settings + "}").process(randomTraces(all), output);
    int kept = emitted.stream().mapToInt(EncodedBatch::size).sum();
    // Five standard deviations; the ids are always the same.
    double spread = 5 * Math.sqrt(all * share * (1 - share));
    assertThat((double) kept).isBetween(all * share - spread, all * share + spread);
    assertThat(dropped.getOrDefault(ProbabilisticSampler.NOT_SAMPLED, 0L)).isEqualTo(all - kept);
  }

  @ParameterizedTest
  @CsvSource({"hash_seed: 7, 10, 40", "mode: proportional, 10, 40", "mode: equalizing, 10, 40"})
  void whatASmallShareKeepsALargerOneKeepsToo(String mode, double small, double large) {
    List<Set<ByteString>> kept = new ArrayList<>();
    for (double percentage : new double[] {small, large}) {
      emitted.clear();
      processor("probabilistic_sampler", "{" + mode + ", sampling_percentage: " + percentage + "}")
          .process(randomTraces(1_000), output);
      Set<ByteString> ids = new TreeSet<>(ByteString.unsignedLexicographicalComparator());
      spans(emitted.get(0)).forEach(span -> ids.add(span.getTraceId()));
      kept.add(ids);
    }
    assertThat(kept.get(1)).containsAll(kept.get(0)).hasSizeGreaterThan(kept.get(0).size());
  }

  @ParameterizedTest
  @CsvSource({
    // tracestate, mode, percentage, trace id's last 7 bytes, tracestate of what is kept
    "'', proportional, 50, ffffffffffffff, 'ot=th:8'",
    "'', proportional, 50, 80000000000000, 'ot=th:8'",
    "'', proportional, 50, 7fffffffffffff, -",
    "'a=1,ot=th:8,b=2', proportional, 50, c0000000000000, 'ot=th:c,a=1,b=2'",
    "'ot=th:8', proportional, 50, bfffffffffffff, -",
    "'ot=th:c', equalizing, 50, c0000000000000, 'ot=th:c'",
    "'ot=th:4;x:y', equalizing, 50, 80000000000000, 'ot=th:8;x:y'",
    "'ot=rv:ffffffffffffff', proportional, 50, 00000000000000, 'ot=rv:ffffffffffffff;th:8'",
    "'ot=th:zz', proportional, 100, ffffffffffffff, -",
    "'A=b', proportional, 100, ffffffffffffff, -",
    "'', proportional, 99.99, ffffffffffffff, 'ot=th:00068e1'",
    "'', proportional, 0.01, ffffffffffffff, 'ot=th:fff9724'",
    // What a Collector 0.161 makes of these.
    "'', hash_seed, 50, 00000000000014, 'ot=rv:e0fc095b5647c0;th:8'",
    "'', hash_seed, 50, 0000000000000f, -",
    "'', 'hash_seed, hash_seed: 22', 15.3, 00000000000013, 'ot=rv:dae002298a4947;th:d8d8'",
    "'', 'hash_seed, hash_seed: 22', 15.3, 00000000000018, -",
    "'ot=th:0', hash_seed, 100, ffffffffffffff, -",
    "'ot=th:0', 'hash_seed, fail_closed: false', 50, 00000000000014, 'ot=th:0'",
    "'ot=th:c', 'proportional, fail_closed: false', 50, 80000000000000, 'ot=th:0'"
  })
  void theThresholdIsRemembered(
      String state, String mode, double percentage, String randomness, String after) {
    processor(
            "probabilistic_sampler",
            "{mode: " + mode + ", sampling_percentage: " + percentage + "}")
        .process(
            batch(
                "shop",
                1,
                span ->
                    span.setTraceState(state)
                        .setTraceId(ByteString.fromHex("01".repeat(9) + randomness))),
            output);
    assertThat(emitted.isEmpty() ? "-" : only().getTraceState()).isEqualTo(after);
  }

  /** By its characters, or by its entries. */
  @Test
  void aTracestateThatIsTooLongIsUnusable() {
    processor("probabilistic_sampler", "{sampling_percentage: 100}")
        .process(
            batch("a", 1, span -> span.setTraceState("a=b,".repeat(1 << 20) + "ot=th:0")), output);
    processor("probabilistic_sampler", "{sampling_percentage: 100}")
        .process(batch("a", 1, span -> span.setTraceState("a=b,".repeat(31) + "b=c")), output);
    assertThat(dropped).containsExactly(Map.entry(ProbabilisticSampler.UNUSABLE, 2L));
  }

  @Test
  void aSpansPriorityStandsAboveTheShare() {
    processor("probabilistic_sampler", "{sampling_percentage: 0}")
        .process(batch("a", 2, s -> s.addAttributes(attribute("sampling.priority", 1))), output);
    processor("probabilistic_sampler", "{sampling_percentage: 100}")
        .process(batch("a", 2, s -> s.addAttributes(attribute("sampling.priority", 0))), output);
    assertThat(emitted).hasSize(1);
    assertThat(dropped).containsExactly(Map.entry(ProbabilisticSampler.NOT_SAMPLED, 2L));
  }

  // ---- batch

  private List<Integer> sizes() {
    return emitted.stream().map(EncodedBatch::size).toList();
  }

  @Test
  void aBatchIsSentWhenItIsLargeEnough() {
    Processor batch = processor("batch", "{send_batch_size: 10, timeout: 1s}");
    batch.process(batch("a", 6, s -> {}), output);
    assertThat(batch.held()).isEqualTo(6);
    batch.process(batch("b", 6, s -> {}), output);
    assertThat(sizes()).containsExactly(12);
    assertThat(batch.held()).isZero();
  }

  @Test
  void aBatchIsSentWhenItHasWaitedLongEnough() {
    Processor batch = processor("batch", "{send_batch_size: 10, timeout: 1s}");
    now = 5 * SECOND;
    batch.process(batch("a", 2, s -> {}), output);
    now += SECOND / 2;
    batch.process(batch("a", 1, s -> {}), output);
    assertThat(batch.tick(now, output)).isEqualTo(SECOND / 2);
    assertThat(emitted).isEmpty();
    now += SECOND / 2;
    batch.tick(now, output);
    assertThat(sizes()).containsExactly(3);
  }

  @Test
  void aLargerBatchThanAllowedIsCut() {
    Processor batch =
        processor("batch", "{send_batch_size: 4, send_batch_max_size: 5, timeout: 1s}");
    batch.process(batch("a", 13, s -> {}), output);
    assertThat(sizes()).containsExactly(5, 5);
    assertThat(batch.held()).isEqualTo(3);
    batch.drain(output);
    assertThat(sizes()).containsExactly(5, 5, 3);
    assertThat(names(EncodedBatch.concat(emitted))).isEqualTo(names(batch("a", 13, s -> {})));
  }

  @Test
  void withoutATimeoutNothingWaits() {
    Processor batch = processor("batch", "{timeout: 0s, send_batch_size: 0}");
    batch.process(batch("a", 3, s -> {}), output);
    assertThat(sizes()).containsExactly(3);
  }

  // ---- memory_limiter

  /** A heap whose garbage is known. */
  private static final class TestHeap implements MemoryLimiter.Heap {
    private long liveMib;
    private long garbageMib;
    private int collections;

    @Override
    public long usedBytes() {
      return (liveMib + garbageMib) << 20;
    }

    @Override
    public long maxBytes() {
      return 200L << 20;
    }

    @Override
    public void collect() {
      collections++;
      garbageMib = 0;
    }
  }

  @Test
  void spansAreRefusedWhileMemoryIsShort() {
    TestHeap heap = new TestHeap();
    Component component =
        configured("memory_limiter", "{check_interval: 1s, limit_mib: 100, spike_limit_mib: 20}");
    MemoryLimiter limiter = new MemoryLimiter(context(component), component.settings(), heap);
    heap.liveMib = 50;
    heap.garbageMib = 40;
    limiter.tick(now, output);
    limiter.process(batch("a", 2, s -> {}), output);
    assertThat(sizes()).as("garbage is no shortage").containsExactly(2);
    assertThat(limiter.refusal()).isEmpty();
    assertThat(heap.collections).isEqualTo(1);

    now += 20 * SECOND;
    heap.liveMib = 90;
    limiter.tick(now, output);
    limiter.process(batch("a", 3, s -> {}), output);
    assertThat(dropped).containsExactly(Map.entry(MemoryLimiter.OVER_THE_LIMIT, 3L));
    assertThat(limiter.refusal()).contains(MemoryLimiter.OVER_THE_LIMIT);

    now += SECOND;
    heap.liveMib = 60;
    assertThat(limiter.tick(now, output)).isEqualTo(SECOND);
    limiter.process(batch("a", 4, s -> {}), output);
    assertThat(sizes()).containsExactly(2, 4);
  }

  @Test
  void aLimitMayBeAShareOfTheHeap() {
    TestHeap heap = new TestHeap();
    Component component =
        configured("memory_limiter", "{check_interval: 1s, limit_percentage: 50}");
    MemoryLimiter limiter = new MemoryLimiter(context(component), component.settings(), heap);
    heap.liveMib = 79;
    limiter.tick(now, output);
    limiter.process(batch("a", 1, s -> {}), output);
    now += 20 * SECOND;
    heap.liveMib = 81;
    limiter.tick(now, output);
    limiter.process(batch("a", 1, s -> {}), output);
    assertThat(sizes()).containsExactly(1);
    assertThat(dropped).containsValue(1L);
  }

  @Test
  void everyProcessorThatCanRunHasAFactory() {
    Factories.Builder factories = Factories.builder();
    Processors.register(factories);
    assertThat(factories.build().types(ComponentKind.PROCESSOR))
        .containsExactlyInAnyOrderElementsOf(
            Catalogue.standard().of(ComponentKind.PROCESSOR).stream()
                .filter(Catalogue.standard()::runs)
                .map(declaration -> declaration.type())
                .toList());
  }
}
