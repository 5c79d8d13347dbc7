// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.RecordHeader;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.ledger.ServiceAccounts;
import io.goshawk.loader.ring.RecordHandler;
import io.goshawk.spans.HeldRecords;
import io.goshawk.spans.SpanBuilder;
import io.goshawk.spans.SpanSettings;
import io.goshawk.spans.otlp.SpanBatch;
import io.goshawk.spans.otlp.SpanBuffer;
import io.goshawk.spans.record.Refusal;
import io.opentelemetry.sdk.resources.Resource;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.logging.Logger;

/** Makes batches of spans of their records. Confined to the drain thread. */
final class SpanRecords implements RecordHandler {

  private static final Logger LOG = Logger.getLogger(SpanRecords.class.getName());

  /** So much may gather; spans have a few hundred bytes, or as many kilobytes. */
  private static final int BATCH_BYTES = 256 * 1024;

  /** So long a batch may be on its way when it is the last one. */
  private static final long HANDING_MILLIS = 200;

  private final SpanBuilder builder;
  private final TargetDirectory directory;
  private final ProcessEvents events;
  private final Ledger ledger;
  private final Consumer<SpanBatch> pipeline;
  private final HeldRecords held;
  private final Quotas quotas;
  private final SpanBuffer batch = new SpanBuffer();

  /** Held while spans go to the pipeline. */
  private final ReentrantLock handing = new ReentrantLock();

  private volatile boolean givenUp;

  /** What is to be done before the next record is read; from any thread. */
  private final Queue<Runnable> turns = new ConcurrentLinkedQueue<>();

  /**
   * A maker of batches.
   *
   * @param held where records wait for what is to be known of them later
   * @param quotas which records may become spans at all
   * @param events hears what the policies of rows want
   * @param pipeline takes the batches
   */
  SpanRecords(
      SpanBuilder builder,
      HeldRecords held,
      Quotas quotas,
      TargetDirectory directory,
      ProcessEvents events,
      Ledger ledger,
      Consumer<SpanBatch> pipeline) {
    this.builder = builder;
    this.held = held;
    this.quotas = quotas;
    this.directory = directory;
    this.events = events;
    this.ledger = ledger;
    this.pipeline = pipeline;
  }

  @Override
  public void onRecord(byte[] records, int offset, int length) {
    ledger.recordRead();
    boolean hasHeader = length >= RecordHeader.SIZE;
    int pid = hasHeader ? RecordHeader.tgid(records, offset) : 0;
    if (hasHeader) {
      TracedBinary binary = directory.learn(pid, RecordHeader.binary(records, offset));
      int type = RecordHeader.type(records, offset);
      if (binary != null) {
        binary.recordRead(type);
      }
      String over = quotas.refuses(pid, type, length);
      if (over != null) {
        refuse(pid, type, over);
        return;
      }
    }
    if (HeldRecords.awaits(records, offset, length)) {
      held.hold(records, offset, this::build);
    } else {
      build(records, offset, length, true);
    }
  }

  private void refuse(int pid, int type, String over) {
    Resource resource = directory.resource(pid);
    ledger.recordRefused(over);
    ledger.services().lost(resource, 1);
    quotas.refused(pid, type, ServiceAccounts.name(resource), over);
  }

  /** The rest of what is to be known of a span. */
  void supplement(byte[] records, int offset, int length) {
    held.supplement(records, offset, length, this::build);
  }

  /** Nothing more will be known of a process's spans. */
  void release(int pid) {
    held.release(pid, this::build);
    quotas.forget(pid);
  }

  /** Nothing more will be known of any span. */
  void releaseAll() {
    held.releaseAll(this::build);
  }

  /** There is no time left for what is to be known of spans later. */
  void dropHeld() {
    held.releaseAll(
        (records, offset, length, complete) -> {
          ledger.recordUnbuilt();
          lost(records, offset, length);
        });
  }

  /** There is no time left for a record. */
  void left(byte[] records, int offset, int length) {
    ledger.recordLeft();
    lost(records, offset, length);
  }

  private void lost(byte[] records, int offset, int length) {
    int pid = length >= RecordHeader.SIZE ? RecordHeader.tgid(records, offset) : 0;
    ledger.services().lost(directory.resource(pid), 1);
  }

  private void build(byte[] records, int offset, int length, boolean complete) {
    boolean hasHeader = length >= RecordHeader.SIZE;
    int pid = hasHeader ? RecordHeader.tgid(records, offset) : 0;
    if (!complete) {
      ledger.spanIncomplete();
    }
    Refusal refusal = builder.build(records, offset, length, batch);
    if (refusal != null) {
      ledger.recordRefused(refusal.reason().toString());
      ledger.services().lost(directory.resource(pid), 1);
      LOG.fine(() -> "a record was refused: " + refusal.detail());
      return;
    }
    ledger.services().built(directory.resource(pid), builder.lastFailed());
    TracedBinary binary = directory.binary(RecordHeader.binary(records, offset));
    if (binary != null) {
      binary.observe(records, offset, events);
    }
    if (batch.bytes() >= BATCH_BYTES) {
      handOver();
    }
  }

  /**
   * Makes spans by other settings from the next batch of records on. From any thread.
   *
   * @param limits the quotas, if they are others
   * @return done when it does
   */
  CompletableFuture<Void> change(SpanSettings settings, Optional<QuotaSettings> limits) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    turns.add(
        () -> {
          builder.change(settings);
          limits.ifPresent(quotas::change);
          done.complete(null);
        });
    return done;
  }

  /** Nothing goes to the pipeline any more; what is on the way may still. From any thread. */
  void giveUp() throws InterruptedException {
    boolean between = handing.tryLock(HANDING_MILLIS, TimeUnit.MILLISECONDS);
    givenUp = true;
    if (between) {
      handing.unlock();
    }
  }

  /** Gives the pipeline what has gathered. */
  void handOver() {
    held.releaseOld(this::build);
    quotas.tell();
    if (batch.size() > 0) {
      SpanBatch taken = batch.take();
      handing.lock();
      try {
        if (!givenUp) {
          ledger.spansBuilt(taken.size());
          pipeline.accept(taken);
        }
      } finally {
        handing.unlock();
      }
    }
    for (Runnable turn = turns.poll(); turn != null; turn = turns.poll()) {
      turn.run();
    }
  }
}
