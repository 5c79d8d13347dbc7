// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.testing;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.Host;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.Signal;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/** What components are given that are tested without a graph. */
public final class Contexts {
  private Contexts() {}

  /** On Java's clock. */
  public static ComponentContext of(String id, NodeAccount account) {
    return of(ComponentId.parse(id).orElseThrow(), account, System::nanoTime);
  }

  /** On a clock of the test. */
  public static ComponentContext of(ComponentId id, NodeAccount account, LongSupplier nanoClock) {
    return new ComponentContext(id, Signal.TRACES, account, nanoClock, new NoHost());
  }

  /** Is not to be asked. */
  private static final class NoHost implements Host {
    @Override
    public Optional<Extension> extension(ComponentId id) {
      throw new AssertionError("asked for " + id);
    }

    @Override
    public List<NodeAccount.Snapshot> nodes() {
      throw new AssertionError("asked for the books");
    }
  }
}
