// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.log;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.logging.Filter;
import java.util.logging.LogRecord;

/**
 * Lets through so many messages of libraries a minute: some are the fault of whoever speaks to us,
 * who could fill a disk with them.
 */
final class LibraryLimit implements Filter {
  static final int MOST = 10;

  private static final long EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final String ours;
  private final LongSupplier nanoClock;
  private long sinceNanos;
  private int said;
  private long quiet;

  /**
   * @param ours the name of the logger that there is no limit for, nor for those below it
   */
  LibraryLimit(String ours, LongSupplier nanoClock) {
    this.ours = ours;
    this.nanoClock = nanoClock;
    sinceNanos = nanoClock.getAsLong();
  }

  @Override
  public synchronized boolean isLoggable(LogRecord record) {
    String name = record.getLoggerName();
    if (name != null && name.startsWith(ours)) {
      return true;
    }
    long now = nanoClock.getAsLong();
    if (now - sinceNanos >= EVERY_NANOS) {
      sinceNanos = now;
      said = 0;
    }
    if (said == MOST) {
      quiet++;
      return false;
    }
    said++;
    if (quiet > 0) {
      add(record, String.format(Locale.ROOT, "and %,d since", quiet));
      quiet = 0;
    } else if (said == MOST) {
      add(record, "more of libraries is kept quiet for a minute");
    }
    return true;
  }

  private static void add(LogRecord record, String text) {
    record.setMessage(record.getMessage() + " (" + text + ")");
  }
}
