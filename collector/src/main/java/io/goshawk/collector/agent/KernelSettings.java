// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.Sampling;
import io.goshawk.abi.Settings;
import io.goshawk.config.SamplerSettings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What the programs are told when they start.
 *
 * @param root what becomes of a request without a parent
 * @param parentSampled what becomes of one whose parent was sampled
 * @param parentNotSampled what becomes of one whose parent was not
 * @param ratioBound for {@link Sampling#SAMPLE_RATIO}: sampled are ids whose low 63 bits are below
 * @param watchExec whether the beginning of every process on the machine is of interest
 */
public record KernelSettings(
    Sampling root,
    Sampling parentSampled,
    Sampling parentNotSampled,
    long ratioBound,
    boolean watchExec) {

  /**
   * Unread bytes at which a record wakes the drain thread: little enough to be in a processor's
   * cache still, which makes reading cheap, and enough to pay for the wake-up.
   */
  private static final long WAKE_BYTES = KernelPrograms.RING_BYTES / 16;

  /** What a head sampler asks for. */
  public static KernelSettings of(SamplerSettings sampler) {
    return new KernelSettings(
        sampling(sampler.root()),
        sampling(sampler.parentSampled()),
        sampling(sampler.parentNotSampled()),
        sampler.ratioBound(),
        false);
  }

  private static Sampling sampling(SamplerSettings.Decision decision) {
    return switch (decision) {
      case OFF -> Sampling.SAMPLE_ALWAYS_OFF;
      case ON -> Sampling.SAMPLE_ALWAYS_ON;
      case RATIO -> Sampling.SAMPLE_RATIO;
    };
  }

  /** The same, told of the beginning of every process on the machine, or not. */
  KernelSettings watchingExec(boolean watch) {
    return new KernelSettings(root, parentSampled, parentNotSampled, ratioBound, watch);
  }

  /** The value of the map {@code settings}. */
  ByteBuffer value() {
    ByteBuffer value = ByteBuffer.allocate(Settings.SIZE).order(ByteOrder.nativeOrder());
    Settings.ratioBound(value, 0, ratioBound);
    Settings.wakeBytes(value, 0, WAKE_BYTES);
    Settings.root(value, 0, root.value());
    Settings.parentSampled(value, 0, parentSampled.value());
    Settings.parentNotSampled(value, 0, parentNotSampled.value());
    Settings.watchExec(value, 0, watchExec ? 1 : 0);
    return value;
  }
}
