// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The processor {@code tail_sampling}. */
public final class TailSamplingConfig {

  /** One of {@code policies}. */
  public static final class Policy {
    /** {@code latency}. */
    public static final class Latency {
      public static final Key<Long> THRESHOLD_MS =
          Key.of("threshold_ms", Types.count(), "Traces that took longer are kept.").mandatory();
      public static final Key<Long> UPPER_THRESHOLD_MS =
          Key.of("upper_threshold_ms", Types.count(), "But not longer than that; 0 for no limit.")
              .or("0");

      private Latency() {}
    }

    /** {@code status_code}. */
    public static final class StatusCode {
      public static final Key<List<String>> STATUS_CODES =
          Key.of(
                  "status_codes",
                  Types.listOf(Types.word("OK", "ERROR", "UNSET")),
                  "Traces in which a span has one of these are kept.")
              .mandatory();

      private StatusCode() {}
    }

    /** {@code probabilistic}. */
    public static final class Probabilistic {
      public static final Key<Double> SAMPLING_PERCENTAGE =
          Key.of(
                  "sampling_percentage",
                  Types.real(0, Double.MAX_VALUE),
                  "The share of traces that is kept, in percent.")
              .mandatory();

      /** The salt of who gives none, or an empty one. */
      public static final String DEFAULT_SALT = "default-hash-seed";

      public static final Key<String> HASH_SALT =
          Key.of(
                  "hash_salt",
                  Types.text(),
                  "Makes the choice independent of another's with another salt.")
              .or(DEFAULT_SALT);

      private Probabilistic() {}
    }

    public static final Key<String> NAME =
        Key.of("name", Types.text(), "By which it is counted.").mandatory();
    public static final Key<String> TYPE =
        Key.of(
                "type",
                Types.word("always_sample", "latency", "status_code", "probabilistic"),
                "What decides.")
            .mandatory();
    public static final Key<Settings> LATENCY =
        Key.of(
            "latency",
            Types.optionalSection(Section.of(Latency.THRESHOLD_MS, Latency.UPPER_THRESHOLD_MS)),
            "For the type of that name.");
    public static final Key<Settings> STATUS_CODE =
        Key.of(
            "status_code",
            Types.optionalSection(Section.of(StatusCode.STATUS_CODES)),
            "For the type of that name.");
    public static final Key<Settings> PROBABILISTIC =
        Key.of(
            "probabilistic",
            Types.optionalSection(
                Section.of(Probabilistic.SAMPLING_PERCENTAGE, Probabilistic.HASH_SALT)),
            "For the type of that name.");

    static final Section SECTION =
        Section.of(
                NAME,
                TYPE,
                LATENCY,
                STATUS_CODE,
                PROBABILISTIC,
                NotYet.key("numeric_attribute"),
                NotYet.key("string_attribute"),
                NotYet.key("boolean_attribute"),
                NotYet.key("rate_limiting"),
                NotYet.key("bytes_limiting"),
                NotYet.key("span_count"),
                NotYet.key("trace_state"),
                NotYet.key("ottl_condition"),
                NotYet.key("composite"),
                NotYet.key("and"),
                NotYet.key("not"),
                NotYet.key("drop"))
            .check(
                (settings, at) -> {
                  for (Key<?> section : List.of(LATENCY, STATUS_CODE, PROBABILISTIC)) {
                    if (settings.get(TYPE).equals(section.name()) && !settings.says(section)) {
                      at.error(settings.origin(), "lacks " + section.name());
                    }
                  }
                });

    private Policy() {}
  }

  public static final Key<Duration> DECISION_WAIT =
      Key.of(
              "decision_wait",
              Types.duration(Duration.ofMillis(1)),
              "How long after its first span a trace is decided.")
          .or("30s");
  public static final Key<Long> NUM_TRACES =
      Key.of(
              "num_traces",
              Types.whole(1, Integer.MAX_VALUE),
              "The most traces that wait; the oldest is decided early when there are more, or when"
                  + " they take an eighth of the Java heap.")
          .or("50000");
  public static final Key<List<Settings>> POLICIES =
      Key.of(
              "policies",
              Types.listOf(Types.section(Policy.SECTION)),
              "A trace is kept if one of these wants it.")
          .mandatory();

  static final Declaration DECLARATION =
      Declaration.processor(
          "tail_sampling",
          Set.of(Signal.TRACES),
          Section.of(
                  DECISION_WAIT,
                  NUM_TRACES,
                  POLICIES,
                  NotYet.key("decision_cache"),
                  NotYet.key("decision_wait_after_root_received"),
                  NotYet.key("maximum_trace_size_bytes"),
                  NotYet.key("sampling_strategy"),
                  NotYet.key("tail_storage"),
                  NotYet.key("sample_on_first_match"),
                  NotYet.key("drop_pending_traces_on_shutdown"),
                  NotYet.tuning("expected_new_traces_per_sec"),
                  NotYet.tuning("block_on_overflow"),
                  NotYet.tuning("num_shards"))
              .check(
                  (settings, at) -> {
                    if (settings.get(POLICIES).isEmpty()) {
                      at.member(POLICIES.name()).error(settings.origin(POLICIES), "is empty");
                    }
                    Set<String> names = new HashSet<>();
                    for (Settings policy : settings.get(POLICIES)) {
                      policy
                          .find(Policy.NAME)
                          .filter(name -> !names.add(name))
                          .ifPresent(
                              name ->
                                  at.member(POLICIES.name())
                                      .error(
                                          policy.origin(Policy.NAME),
                                          "\"" + name + "\" is the name of two policies"));
                    }
                  }),
          "Keeps or drops traces when all of their spans on this host are there.",
          """
          decision_wait: 10s
          policies:
            - {name: slow, type: latency, latency: {threshold_ms: 500}}
            - {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}
            - {name: some, type: probabilistic, probabilistic: {sampling_percentage: 5}}
          """);

  private TailSamplingConfig() {}
}
