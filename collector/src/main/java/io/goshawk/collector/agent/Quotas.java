// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.RecordType;
import io.goshawk.collector.agent.QuotaSettings.Rate;
import io.goshawk.collector.log.LogLimit;
import io.goshawk.loader.text.Printable;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Which records may become spans: of each process as many as its quotas have room for. What is
 * refused is refused before anything is made of it. Confined to the drain thread.
 */
final class Quotas {

  private static final Logger LOG = Logger.getLogger(Quotas.class.getName());

  /** For the books. */
  static final String SPANS = "over the quota of spans";

  static final String BYTES = "over the quota of bytes";

  /** Ends of processes may be missed; one that is forgotten begins with full buckets. */
  private static final int MOST_PROCESSES = 4096;

  /** So many processes are named at once. */
  private static final int MOST_NAMES = 4;

  /** What is left of a rate. */
  private record Buckets(TokenBucket spans, TokenBucket bytes) {
    static Buckets of(Rate rate, long nowNanos) {
      return new Buckets(
          new TokenBucket(rate.spans(), nowNanos), new TokenBucket(rate.bytes(), nowNanos));
    }

    @Nullable String lacks(long nowNanos) {
      if (!spans.hasAny(nowNanos)) {
        return SPANS;
      }
      return bytes.hasAny(nowNanos) ? null : BYTES;
    }

    void take(long size) {
      spans.take(1);
      bytes.take(size);
    }
  }

  private static final class OfProcess {
    final int pid;
    final Buckets all;
    final @Nullable Buckets[] byType;

    OfProcess(int pid, QuotaSettings settings, long nowNanos) {
      this.pid = pid;
      all = Buckets.of(settings.process(), nowNanos);
      byType = new Buckets[256];
      settings.rows().forEach((type, rate) -> byType[type.value()] = Buckets.of(rate, nowNanos));
    }
  }

  private final LongSupplier nanoClock;
  private final Map<Integer, OfProcess> processes = new HashMap<>();
  private @Nullable OfProcess last;
  private QuotaSettings settings;

  private final LogLimit limit = new LogLimit();
  private final Set<String> over = new LinkedHashSet<>();
  private long refused;

  /**
   * With full buckets.
   *
   * @param nanoClock monotonic
   */
  Quotas(QuotaSettings settings, LongSupplier nanoClock) {
    this.settings = settings;
    this.nanoClock = nanoClock;
  }

  /** Goes over to other quotas; of these every process has all that it may have at once. */
  void change(QuotaSettings next) {
    settings = next;
    processes.clear();
    last = null;
  }

  /**
   * Whether a record may become a span, which then counts.
   *
   * @param type the value of its {@link RecordType}
   * @param bytes its size
   * @return why not, in one of a few fixed phrases; null if it may
   */
  @Nullable String refuses(int pid, int type, int bytes) {
    if (!settings.any()) {
      return null;
    }
    long now = nanoClock.getAsLong();
    OfProcess process = process(pid, now);
    Buckets row = process.byType[type & 0xff];
    String lack = process.all.lacks(now);
    if (lack == null && row != null) {
      lack = row.lacks(now);
    }
    if (lack != null) {
      return lack;
    }
    process.all.take(bytes);
    if (row != null) {
      row.take(bytes);
    }
    return null;
  }

  private OfProcess process(int pid, long now) {
    OfProcess known = last;
    if (known == null || known.pid != pid) {
      known = processes.get(pid);
      if (known == null) {
        if (processes.size() >= MOST_PROCESSES) {
          processes.clear();
        }
        known = new OfProcess(pid, settings, now);
        processes.put(pid, known);
      }
      last = known;
    }
    return known;
  }

  /** A process has ended. */
  void forget(int pid) {
    if (processes.remove(pid) != null) {
      last = null;
    }
  }

  /** A record was refused: to be said. */
  void refused(int pid, int type, @Nullable String service, String reason) {
    refused++;
    if (over.size() <= MOST_NAMES) {
      over.add(
          "process "
              + pid
              + (service == null ? "" : " (" + Printable.name(service) + ")")
              + ": "
              + library(type)
              + " "
              + reason);
    }
  }

  private static String library(int type) {
    for (RecordType known : RecordType.values()) {
      if (known.value() == type) {
        return known
            .name()
            .substring("RECORD_".length())
            .toLowerCase(Locale.ROOT)
            .replace('_', ' ');
      }
    }
    return "type " + type;
  }

  /** Says in the log what was refused, at most once a minute. */
  void tell() {
    if (refused == 0) {
      return;
    }
    long amount = refused;
    refused = 0;
    if (limit.due(nanoClock.getAsLong(), amount)) {
      boolean more = over.size() > MOST_NAMES;
      LOG.warning(
          String.join("; ", over.stream().limit(MOST_NAMES).toList())
              + (more ? " and others" : "")
              + ", refused "
              + limit.amount(amount, "span"));
      over.clear();
    }
  }
}
