// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import io.goshawk.collector.ledger.ExporterAccount;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.spans.otlp.SpanBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Fans finished spans out to the exporters. {@link #accept} never blocks: each exporter has its own
 * bounded queue and its own thread, and what a queue has no room for is dropped and counted.
 *
 * <p>Shutting down, in this order:
 *
 * <ol>
 *   <li>no queue takes more; later spans count as dropped at shutdown;
 *   <li>each worker delivers what it has without waiting for batches to fill. What waits for
 *       another try gets one at once; if that fails too and the next would come after the deadline,
 *       its spans count as dropped at shutdown;
 *   <li>each worker flushes and closes its exporter and ends;
 *   <li>at the deadline, workers that are still busy are interrupted;
 *   <li>what is left is counted as dropped at shutdown, so that the ledger adds up.
 * </ol>
 */
public final class TracePipeline implements AutoCloseable {
  /** How long an interrupted worker may take to let go of its exporter. */
  private static final Duration GRACE = Duration.ofMillis(500);

  private record Lane(SpanQueue queue, ExporterAccount account, DeliveryLog log, Thread thread) {}

  private final List<Lane> lanes;
  private final LongSupplier nanoClock;

  private TracePipeline(List<Lane> lanes, LongSupplier nanoClock) {
    this.lanes = List.copyOf(lanes);
    this.nanoClock = nanoClock;
  }

  /** Starts to build a pipeline whose exporters have their books in the ledger. */
  public static Builder builder(Ledger ledger) {
    return new Builder(ledger);
  }

  /**
   * Hands the spans to every exporter's queue and releases the batch. To be called by one thread;
   * never blocks.
   */
  public void accept(SpanBatch batch) {
    if (batch.size() > 0) {
      long now = nanoClock.getAsLong();
      for (Lane lane : lanes) {
        offer(lane, batch, now);
      }
    }
    batch.release();
  }

  private static void offer(Lane lane, SpanBatch batch, long now) {
    int dropped;
    try {
      dropped = lane.queue().offer(batch, now);
    } catch (RuntimeException | Error e) {
      // No memory to queue them: they are lost, and the thread that brings spans goes on.
      lane.account().receivedAndFailed(batch.size());
      return;
    }
    if (dropped > 0) {
      lane.log().queueFull(now, dropped);
    }
  }

  /** The most spans that wait for, or are under way in, any one exporter. */
  public int load() {
    int most = 0;
    for (Lane lane : lanes) {
      most = Math.max(most, lane.queue().load());
    }
    return most;
  }

  /**
   * Delivers everything accepted until now.
   *
   * @return whether every exporter was done with it, by delivery or by a counted drop, in time
   */
  public boolean flush(Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    for (Lane lane : lanes) {
      lane.queue().requestFlush();
    }
    boolean all = true;
    for (Lane lane : lanes) {
      all &= lane.queue().awaitFlushed(deadline - System.nanoTime());
    }
    return all;
  }

  /**
   * Delivers what it can within the limit and ends the workers. Does nothing the second time.
   *
   * @return whether every worker ended by itself in time
   */
  public boolean shutdown(Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    long clockDeadline = nanoClock.getAsLong() + limit.toNanos();
    for (Lane lane : lanes) {
      lane.queue().close(clockDeadline);
    }
    boolean all = true;
    for (Lane lane : lanes) {
      all &= join(lane.thread(), deadline);
    }
    if (!all) {
      for (Lane lane : lanes) {
        lane.thread().interrupt();
      }
      long graceDeadline = System.nanoTime() + GRACE.toNanos();
      for (Lane lane : lanes) {
        join(lane.thread(), graceDeadline);
      }
    }
    for (Lane lane : lanes) {
      lane.queue().abandon();
    }
    return all;
  }

  /** Shuts down at once: what is not delivered yet is dropped and counted. */
  @Override
  public void close() {
    try {
      shutdown(Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean join(Thread thread, long deadlineNanos) throws InterruptedException {
    long millis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
    if (millis > 0) {
      thread.join(millis);
    }
    return !thread.isAlive();
  }

  /** Collects the exporters, then starts their threads. */
  public static final class Builder {
    private record Planned(TraceExporter exporter, DeliverySettings settings) {}

    private final Ledger ledger;
    private final List<Planned> planned = new ArrayList<>();
    private LongSupplier nanoClock = System::nanoTime;
    private DoubleSupplier random = () -> ThreadLocalRandom.current().nextDouble();

    private Builder(Ledger ledger) {
      this.ledger = ledger;
    }

    /** Adds an exporter; the pipeline closes it. */
    public Builder exporter(TraceExporter exporter, DeliverySettings settings) {
      planned.add(new Planned(exporter, settings));
      return this;
    }

    /** The clock for delays and retries instead of {@link System#nanoTime()}. */
    public Builder clock(LongSupplier nanos) {
      this.nanoClock = nanos;
      return this;
    }

    /** Uniform numbers in [0, 1) for the jitter of retries. */
    public Builder random(DoubleSupplier uniform) {
      this.random = uniform;
      return this;
    }

    /** Starts one daemon thread for each exporter. */
    public TracePipeline start() {
      List<Lane> lanes = new ArrayList<>();
      for (Planned plan : planned) {
        ExporterAccount account = ledger.open(plan.exporter().name());
        SpanQueue queue =
            new SpanQueue(plan.settings(), SpanQueue.MAX_BYTES / planned.size(), account);
        DeliveryLog log = new DeliveryLog(plan.exporter().name());
        ExportWorker worker =
            new ExportWorker(
                plan.exporter(), queue, account, plan.settings().retry(), nanoClock, random, log);
        Thread thread = new Thread(worker, "export-" + plan.exporter().name());
        thread.setDaemon(true);
        lanes.add(new Lane(queue, account, log, thread));
      }
      lanes.forEach(lane -> lane.thread().start());
      return new TracePipeline(lanes, nanoClock);
    }
  }
}
