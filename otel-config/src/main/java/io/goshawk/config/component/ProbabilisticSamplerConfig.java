// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Types;
import java.util.Set;

/** The processor {@code probabilistic_sampler}. */
public final class ProbabilisticSamplerConfig {
  public static final Key<Double> SAMPLING_PERCENTAGE =
      Key.of(
              "sampling_percentage",
              Types.real(0, Double.MAX_VALUE),
              "The share of traces that is kept, in percent; from 100 on all are.")
          .mandatory();
  public static final Key<Long> HASH_SEED =
      Key.of(
              "hash_seed",
              Types.whole(0, 0xffff_ffffL),
              "Makes this sampler's choice independent of another's with another seed.")
          .or("0");
  public static final Key<String> MODE =
      Key.of(
              "mode",
              Types.word("hash_seed", "proportional", "equalizing"),
              "How traces are chosen: by a hash of their id and hash_seed, or by the randomness that"
                  + " is in their tracestate or id: so many percent of what comes, or of all that"
                  + " there were before anybody sampled.")
          .or("hash_seed");
  public static final Key<Boolean> FAIL_CLOSED =
      Key.of(
              "fail_closed",
              Types.bool(),
              "Drop spans whose tracestate is malformed, or contradicts the mode, instead of keeping"
                  + " them.")
          .or("true");
  public static final Key<Long> SAMPLING_PRECISION =
      Key.of(
              "sampling_precision",
              Types.whole(1, 14),
              "Hexadecimal digits of the threshold that tracestate remembers.")
          .or("4");

  static final Declaration DECLARATION =
      Declaration.processor(
          "probabilistic_sampler",
          Set.of(Signal.TRACES),
          Section.of(
              SAMPLING_PERCENTAGE,
              HASH_SEED,
              MODE,
              FAIL_CLOSED,
              SAMPLING_PRECISION,
              Key.ignored("attribute_source", "it is about logs"),
              Key.ignored("from_attribute", "it is about logs"),
              Key.ignored("sampling_priority", "it is about logs")),
          "Keeps a share of the traces, each as a whole.",
          """
          sampling_percentage: 15
          """);

  private ProbabilisticSamplerConfig() {}
}
