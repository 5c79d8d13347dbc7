// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export;

import io.goshawk.collector.component.Exporter;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.telemetry.EncodedBatch;

/** Takes everything and does nothing with it. */
record NopExporter(NodeAccount account) implements Exporter {
  @Override
  public void accept(EncodedBatch batch) {
    account.received(batch.size());
    account.passedOn(batch.size());
    batch.release();
  }
}
