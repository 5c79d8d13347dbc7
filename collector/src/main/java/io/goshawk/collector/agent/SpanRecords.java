// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.RecordHeader;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.loader.ring.RecordHandler;
import io.goshawk.spans.SpanBuilder;
import io.goshawk.spans.otlp.SpanBatch;
import io.goshawk.spans.otlp.SpanBuffer;
import io.goshawk.spans.record.Refusal;
import java.util.function.Consumer;
import java.util.logging.Logger;

/** Makes batches of spans of their records. Confined to the drain thread. */
final class SpanRecords implements RecordHandler {

  private static final Logger LOG = Logger.getLogger(SpanRecords.class.getName());

  /** So much may gather; spans have a few hundred bytes, or as many kilobytes. */
  private static final int BATCH_BYTES = 256 * 1024;

  private final SpanBuilder builder;
  private final TargetDirectory directory;
  private final ProcessEvents events;
  private final Ledger ledger;
  private final Consumer<SpanBatch> pipeline;
  private final SpanBuffer batch = new SpanBuffer();

  /**
   * A maker of batches.
   *
   * @param events hears what the policies of rows want
   * @param pipeline takes the batches
   */
  SpanRecords(
      SpanBuilder builder,
      TargetDirectory directory,
      ProcessEvents events,
      Ledger ledger,
      Consumer<SpanBatch> pipeline) {
    this.builder = builder;
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
    TracedBinary binary =
        hasHeader ? directory.learn(pid, RecordHeader.binary(records, offset)) : null;
    Refusal refusal = builder.build(records, offset, length, batch);
    if (refusal != null) {
      ledger.recordRefused(refusal.reason().toString());
      ledger.services().lost(directory.resource(pid));
      LOG.fine(() -> "a record was refused: " + refusal.detail());
      return;
    }
    ledger.services().built(directory.resource(pid), builder.lastFailed());
    if (binary != null) {
      binary.observe(records, offset, events);
    }
    if (batch.bytes() >= BATCH_BYTES) {
      handOver();
    }
  }

  /** Gives the pipeline what has gathered. */
  void handOver() {
    if (batch.size() > 0) {
      SpanBatch taken = batch.take();
      ledger.spansBuilt(taken.size());
      pipeline.accept(taken);
    }
  }
}
