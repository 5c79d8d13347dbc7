// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import io.goshawk.collector.component.BatchConsumer;
import io.goshawk.collector.component.Feed;
import io.goshawk.collector.component.NodeAccount;
import java.util.function.BooleanSupplier;

/** Where a receiver of a test hands the data of a signal. */
record TestFeed(NodeAccount account, BatchConsumer next, BooleanSupplier isWanted) implements Feed {
  @Override
  public boolean wanted() {
    return isWanted.getAsBoolean();
  }
}
