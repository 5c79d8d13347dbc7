// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Exporter;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.ledger.ExporterAccount;
import io.goshawk.collector.pipeline.DeliverySettings.Sizer;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.config.component.ComponentId;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An exporter with a bounded queue and a thread of its own. {@link #accept} never blocks: what the
 * queue has no room for is dropped and counted.
 *
 * <p>Stopping, in this order:
 *
 * <ol>
 *   <li>the queue takes no more; later spans count as dropped at shutdown;
 *   <li>the worker delivers what it has without waiting for batches to fill. What waits for another
 *       try gets one at once; if that fails too and the next would come after the deadline, its
 *       spans count as dropped at shutdown;
 *   <li>the worker flushes and closes its exporter and ends;
 *   <li>at the deadline, a worker that is still busy is interrupted;
 *   <li>what is left is counted as dropped at shutdown, so that the ledger adds up; or it stays
 *       where it is, if that survives the agent.
 * </ol>
 */
public final class QueuedExporter implements Exporter {
  /** How long an interrupted worker may take to let go of its exporter. */
  private static final Duration GRACE = Duration.ofMillis(500);

  /** Of a queue on disk whose size is not given in bytes. */
  private static final long MOST_STORED_BYTES = 1L << 30;

  /** Opens what the spans go to. */
  @FunctionalInterface
  public interface Destination {
    BatchExporter open() throws StartException;
  }

  private final ComponentContext context;
  private final Destination destination;
  private final DeliverySettings settings;
  private final ExporterAccount account;
  private final BatchQueue queue;
  private final DeliveryLog log;
  private DoubleSupplier random = () -> ThreadLocalRandom.current().nextDouble();
  private Optional<ComponentId> storage = Optional.empty();
  private @Nullable Thread thread;

  /**
   * An exporter that was not started.
   *
   * @param maxBytes the most that waits or is under way, whatever the settings say
   */
  public QueuedExporter(
      ComponentContext context, DeliverySettings settings, long maxBytes, Destination destination) {
    this.context = context;
    this.destination = destination;
    this.settings = settings;
    account = new ExporterAccount(context.account());
    queue = new BatchQueue(settings, maxBytes, account);
    log = new DeliveryLog(context.id().toString());
    context.account().holds(queue::load);
    // As the Collector names them, behind otelcol_exporter_.
    context.account().gauge("queue_size", queue::size);
    context.account().gauge("queue_capacity", settings::queueSize);
    context.account().gauge("in_flight_requests", queue::underWay);
  }

  /** Uniform numbers in [0, 1) for the jitter of retries. */
  QueuedExporter random(DoubleSupplier uniform) {
    this.random = uniform;
    return this;
  }

  /** Keeps what waits in an extension, so that it survives the agent. */
  public QueuedExporter keptIn(ComponentId extension) {
    this.storage = Optional.of(extension);
    return this;
  }

  @Override
  public void start() throws StartException {
    if (storage.isPresent()) {
      open(storage.get());
    }
    ExportWorker worker =
        new ExportWorker(
            destination.open(), queue, account, settings.retry(), context.nanoClock(), random, log);
    Thread running = new Thread(worker, "export-" + context.id());
    running.setDaemon(true);
    running.start();
    thread = running;
  }

  private void open(ComponentId extension) throws StartException {
    if (!(context.host().extension(extension).orElse(null) instanceof BacklogStorage kept)) {
      throw new StartException(
          context.id() + ": " + extension + " is no extension that keeps queues");
    }
    Backlog backlog = kept.open(context.id(), context.signal());
    account.restored(backlog.spans());
    queue.keepIn(
        backlog, settings.sizer() == Sizer.BYTES ? settings.queueSize() : MOST_STORED_BYTES);
  }

  @Override
  public void accept(EncodedBatch batch) {
    try {
      if (batch.size() > 0) {
        offer(batch);
      }
    } finally {
      batch.release();
    }
  }

  private void offer(EncodedBatch batch) {
    long now = context.nanoClock().getAsLong();
    int dropped;
    try {
      dropped = queue.offer(batch, now);
    } catch (UncheckedIOException e) {
      log.notKept(now, batch.size(), String.valueOf(e.getCause().getMessage()));
      return;
    } catch (RuntimeException | Error e) {
      // No memory to queue them: they are lost, and the thread that brings spans goes on.
      account.receivedAndFailed(batch.size());
      return;
    }
    if (dropped > 0) {
      log.queueFull(now, dropped);
    }
  }

  /**
   * Delivers everything accepted until now.
   *
   * @return whether it was done with all of it, by delivery or by a counted drop, in time
   */
  public boolean flush(Duration limit) throws InterruptedException {
    queue.requestFlush();
    return queue.awaitFlushed(limit.toNanos());
  }

  @Override
  public void stop(Duration limit) throws InterruptedException {
    queue.close(context.nanoClock().getAsLong() + limit.toNanos());
    Thread running = thread;
    if (running != null && !join(running, limit)) {
      log.late();
      running.interrupt();
      join(running, GRACE);
    }
    queue.abandon();
  }

  private static boolean join(Thread thread, Duration limit) throws InterruptedException {
    long millis = TimeUnit.NANOSECONDS.toMillis(limit.toNanos());
    if (millis > 0) {
      thread.join(millis);
    }
    return !thread.isAlive();
  }
}
