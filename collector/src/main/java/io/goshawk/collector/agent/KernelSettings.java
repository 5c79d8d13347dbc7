// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.Sampling;
import io.goshawk.abi.Settings;
import io.goshawk.abi.SqlSlow;
import io.goshawk.config.SamplerSettings;
import io.goshawk.spans.headers.CapturedHeader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * What the programs are told, when they start and again when it changes.
 *
 * @param root what becomes of a request without a parent
 * @param parentSampled what becomes of one whose parent was sampled
 * @param parentNotSampled what becomes of one whose parent was not
 * @param ratioBound for {@link Sampling#SAMPLE_RATIO}: sampled are ids whose low 63 bits are below
 * @param sqlSlow which calls to databases are slow: a value of {@link SqlSlow}, or a limit in
 *     microseconds
 * @param headers those whose values are captured
 * @param openShare how much of the tables of open spans a process may fill, in percent
 * @param watchExec whether the beginning of every process on the machine is of interest
 */
public record KernelSettings(
    Sampling root,
    Sampling parentSampled,
    Sampling parentNotSampled,
    long ratioBound,
    int sqlSlow,
    List<CapturedHeader> headers,
    int openShare,
    boolean watchExec) {

  /**
   * Unread bytes at which a record wakes the drain thread: little enough to be in a processor's
   * cache still, which makes reading cheap, and enough to pay for the wake-up.
   */
  private static final long WAKE_BYTES = KernelPrograms.RING_BYTES / 16;

  public KernelSettings {
    headers = List.copyOf(headers);
  }

  /** What a head sampler asks for, and the rest as it is given. */
  public static KernelSettings of(
      SamplerSettings sampler, int sqlSlow, List<CapturedHeader> headers, int openShare) {
    return new KernelSettings(
        sampling(sampler.root()),
        sampling(sampler.parentSampled()),
        sampling(sampler.parentNotSampled()),
        sampler.ratioBound(),
        sqlSlow,
        headers,
        openShare,
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
    return new KernelSettings(
        root, parentSampled, parentNotSampled, ratioBound, sqlSlow, headers, openShare, watch);
  }

  /** Of which sides headers are captured: a bit for each. */
  int capturedSides() {
    return headers.stream()
        .mapToInt(header -> 1 << header.side().value())
        .reduce(0, (a, b) -> a | b);
  }

  /** How long the names of captured headers are: a bit for each length modulo 32. */
  int capturedLengths() {
    return headers.stream()
        .mapToInt(header -> 1 << header.name().length())
        .reduce(0, (a, b) -> a | b);
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
