// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

import io.goshawk.config.Environment.Variable;
import java.util.Map;
import java.util.Optional;

/**
 * The head sampler, as three decisions by what is known of the parent.
 *
 * @param root without a parent
 * @param parentSampled with a sampled parent
 * @param parentNotSampled with an unsampled parent
 * @param ratio the share of traces that {@link Decision#RATIO} samples, 0 to 1
 */
public record SamplerSettings(
    Decision root, Decision parentSampled, Decision parentNotSampled, double ratio) {

  /** What to do with a new span. */
  public enum Decision {
    /** Never sample it. */
    OFF,
    /** Always sample it. */
    ON,
    /** Sample it if its trace id says so. */
    RATIO
  }

  /** {@code parentbased_always_on}, the specification's default. */
  public static final SamplerSettings DEFAULT = parentBased(Decision.ON);

  private static final Map<String, SamplerSettings> SAMPLERS =
      Map.of(
          "always_on", same(Decision.ON),
          "always_off", same(Decision.OFF),
          "traceidratio", same(Decision.RATIO),
          "parentbased_always_on", parentBased(Decision.ON),
          "parentbased_always_off", parentBased(Decision.OFF),
          "parentbased_traceidratio", parentBased(Decision.RATIO));

  private static final String SAMPLER = "OTEL_TRACES_SAMPLER";
  private static final String ARGUMENT = "OTEL_TRACES_SAMPLER_ARG";

  /** Refuses a ratio that is none. */
  public SamplerSettings {
    if (!(ratio >= 0 && ratio <= 1)) {
      throw new IllegalArgumentException("a sampling ratio of " + ratio);
    }
  }

  /**
   * Reads {@code OTEL_TRACES_SAMPLER} and its argument. An unknown sampler and an argument that is
   * no ratio are warned of and as if unset.
   */
  public static SamplerSettings from(Environment environment) {
    SamplerSettings chosen = environment.choice(SAMPLERS, SAMPLER).orElse(DEFAULT);
    if (chosen.root() != Decision.RATIO) {
      return chosen;
    }
    return new SamplerSettings(
        chosen.root(), chosen.parentSampled(), chosen.parentNotSampled(), ratio(environment));
  }

  /**
   * The sampler of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static SamplerSettings of(String name, double ratio) {
    SamplerSettings sampler = SAMPLERS.get(name);
    if (sampler == null) {
      throw new IllegalArgumentException("no sampler is " + name);
    }
    return new SamplerSettings(
        sampler.root, sampler.parentSampled, sampler.parentNotSampled, ratio);
  }

  private static double ratio(Environment environment) {
    Optional<Variable> argument = environment.first(ARGUMENT);
    if (argument.isEmpty()) {
      return 1;
    }
    try {
      double ratio = Double.parseDouble(argument.get().value());
      if (ratio >= 0 && ratio <= 1) {
        return ratio;
      }
    } catch (NumberFormatException e) {
      // Falls through to the warning.
    }
    environment.warn(argument.get(), "is no number from 0 to 1; every trace is sampled");
    return 1;
  }

  /** The name that {@code OTEL_TRACES_SAMPLER} has for it. */
  public String name() {
    for (Map.Entry<String, SamplerSettings> sampler : SAMPLERS.entrySet()) {
      SamplerSettings known = sampler.getValue();
      if (known.root == root
          && known.parentSampled == parentSampled
          && known.parentNotSampled == parentNotSampled) {
        return sampler.getKey();
      }
    }
    throw new IllegalStateException("no sampler is " + this);
  }

  private static SamplerSettings same(Decision decision) {
    return new SamplerSettings(decision, decision, decision, 1);
  }

  private static SamplerSettings parentBased(Decision root) {
    return new SamplerSettings(root, Decision.ON, Decision.OFF, 1);
  }

  /**
   * The ratio as a bound for the low 63 bits of a trace id: sampled are those below, unsigned. A
   * ratio of 1 gives 2<sup>63</sup>, which every such number is below.
   */
  public long ratioBound() {
    // 2^63 is negative to Java; its bits are right for an unsigned comparison.
    return ratio == 1 ? Long.MIN_VALUE : (long) (ratio * 0x1p63);
  }
}
