// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The receiver {@code goshawk}: the kernel, and what it sees of running Go services. */
public final class GoshawkReceiverConfig {

  /** {@code include}: which processes are traced. */
  public static final class Include {
    public static final Key<List<Long>> PIDS =
        Key.of("pids", Types.listOf(Types.whole(1, Integer.MAX_VALUE)), "These processes.");
    public static final Key<List<String>> EXECUTABLES =
        Key.of(
            "executables",
            Types.listOf(Types.text()),
            "Every process whose executable fits, now and later: checkout* is compared with the"
                + " file name, /opt/shop/* with the whole path.");
    public static final Key<List<String>> PORTS =
        Key.of(
            "ports",
            Types.listOf(Types.text()),
            "Every process that listens on one of these TCP ports, now and later: 8080 or"
                + " 9000-9010.");

    private Include() {}
  }

  /** {@code sampling}: which traces begin. */
  public static final class Sampling {
    public static final Key<String> SAMPLER =
        Key.of(
                "sampler",
                Types.word(
                    "always_on",
                    "always_off",
                    "traceidratio",
                    "parentbased_always_on",
                    "parentbased_always_off",
                    "parentbased_traceidratio"),
                "Who decides, by the names of OTEL_TRACES_SAMPLER.")
            .or("parentbased_always_on");
    public static final Key<Double> RATIO =
        Key.of("ratio", Types.real(0, 1), "The share of traces that the ratio samplers take.")
            .or("1");

    private Sampling() {}
  }

  /** {@code http}: what spans of HTTP say. */
  public static final class Http {
    public static final Key<List<String>> KNOWN_METHODS =
        Key.of(
            "known_methods",
            Types.listOf(Types.text()),
            "Methods that spans name as they are, in place of those of the RFCs; others are _OTHER.");

    private Http() {}
  }

  /** {@code limits}: the most that a span may carry. */
  public static final class Limits {
    public static final Key<Long> ATTRIBUTES =
        Key.of("attributes", Types.count(), "Attributes of a span.").or("128");
    public static final Key<Long> ATTRIBUTE_VALUE_LENGTH =
        Key.of(
            "attribute_value_length",
            Types.count(),
            "Characters of a text value; without it as many as there are.");

    private Limits() {}
  }

  public static final Key<Settings> INCLUDE =
      Key.of(
          "include",
          Types.section(
              Section.of(
                  Include.PIDS,
                  Include.EXECUTABLES,
                  Include.PORTS,
                  NotYet.key("containers"),
                  NotYet.key("cgroups"),
                  NotYet.key("service_names"))),
          "Which processes are traced: any that one of the criteria names.");
  public static final Key<String> SERVICE_NAME =
      Key.of(
          "service_name",
          Types.text(),
          "Name of the services; by default each process's own OTEL_SERVICE_NAME, else the name of"
              + " its Go program.");
  public static final Key<Map<String, String>> RESOURCE_ATTRIBUTES =
      Key.of(
          "resource_attributes",
          Types.mapOf(Types.text()),
          "Attributes of every resource that does not have them by itself.");
  public static final Key<Settings> SAMPLING =
      Key.of(
          "sampling",
          Types.section(Section.of(Sampling.SAMPLER, Sampling.RATIO)),
          "Which traces begin, decided before anything of them is recorded.");
  public static final Key<Settings> HTTP =
      Key.of("http", Types.section(Section.of(Http.KNOWN_METHODS)), "What spans of HTTP say.");
  public static final Key<Settings> LIMITS =
      Key.of(
          "limits",
          Types.section(Section.of(Limits.ATTRIBUTES, Limits.ATTRIBUTE_VALUE_LENGTH)),
          "The most that a span may carry.");

  static final Declaration DECLARATION =
      Declaration.receiver(
          "goshawk",
          Set.of(Signal.TRACES),
          Section.of(
              INCLUDE,
              SERVICE_NAME,
              RESOURCE_ATTRIBUTES,
              SAMPLING,
              HTTP,
              LIMITS,
              NotYet.key("exclude"),
              NotYet.key("headers"),
              NotYet.key("sql"),
              NotYet.key("attribution"),
              NotYet.key("rows")),
          "Traces running Go services from the Linux kernel. They are not changed, restarted or"
              + " stopped.",
          """
          include:
            executables: ['/opt/shop/*']
            ports: [8080, 9000-9010]
          """);

  private GoshawkReceiverConfig() {}
}
