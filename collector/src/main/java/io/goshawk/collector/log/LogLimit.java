// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.log;

import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * One kind of message that may come thousands of times: it is said at once, and again at most once
 * a minute, with how much was kept quiet meanwhile. Confined to one thread.
 */
public final class LogLimit {
  private static final long EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

  private boolean said;
  private long saidNanos;
  private long quiet;

  /**
   * Whether to say it now.
   *
   * @param nowNanos see {@link System#nanoTime()}
   * @param amount of what it is about, to be added up where it is kept quiet
   */
  public boolean due(long nowNanos, long amount) {
    if (said && nowNanos - saidNanos < EVERY_NANOS) {
      quiet += amount;
      return false;
    }
    said = true;
    saidNanos = nowNanos;
    return true;
  }

  /**
   * The amount of now, and what was kept quiet until now: {@code 12 spans (and 3,400 since)}.
   *
   * @param noun of one
   */
  public String amount(long now, String noun) {
    String text = Counted.of(now, noun);
    String since = quiet == 0 ? "" : String.format(Locale.ROOT, " (and %,d since)", quiet);
    quiet = 0;
    return text + since;
  }
}
