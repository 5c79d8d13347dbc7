// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.ledger.TrapPrice;
import io.goshawk.collector.testing.LogLines;
import io.goshawk.loader.trap.TrapPrices;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class MeasuredTrapsTest {
  private static final Logger LOG = Logger.getLogger(MeasuredTraps.class.getName());

  @RegisterExtension final LogLines log = new LogLines(MeasuredTraps.class.getName());

  private final Queue<Runnable> worker = new ArrayDeque<>();
  private final Queue<Runnable> control = new ArrayDeque<>();

  @BeforeEach
  void hearAll() {
    LOG.setLevel(Level.FINE);
  }

  @AfterEach
  void hearAsBefore() {
    LOG.setLevel(null);
  }

  @Test
  void nothingIsMeasuredBeforeSomebodyAsksAndOnceThen() {
    TrapPrices here = new TrapPrices(480, 9_900, true);
    MeasuredTraps traps = new MeasuredTraps(() -> here, worker::add, control::add);
    assertThat(traps.settled()).isEmpty();
    assertThat(worker).isEmpty();

    assertThat(traps.prices()).isEqualTo(TrapPrices.ASSUMED);
    assertThat(traps.prices()).isEqualTo(TrapPrices.ASSUMED);
    assertThat(worker).hasSize(1);
    worker.remove().run();
    assertThat(traps.prices()).as("until the control thread knows").isEqualTo(TrapPrices.ASSUMED);
    assertThat(traps.settled()).isEmpty();

    control.remove().run();
    assertThat(traps.prices()).isEqualTo(here);
    assertThat(traps.settled())
        .containsExactly(
            new TrapPrice("emulated", 480, true), new TrapPrice("single_stepped", 9_900, true));
    assertThat(worker).isEmpty();
    assertThat(log.lines()).isEmpty();
  }

  @Test
  void whatIsAssumedHoldsWhereItCannotBeMeasuredAndThatIsSaidOnce() {
    MeasuredTraps traps =
        new MeasuredTraps(
            () -> {
              throw new IOException("code in memory: Permission denied");
            },
            worker::add,
            control::add);
    traps.prices();
    worker.remove().run();
    control.remove().run();
    assertThat(traps.prices()).isEqualTo(TrapPrices.ASSUMED);
    assertThat(traps.prices()).isEqualTo(TrapPrices.ASSUMED);
    assertThat(traps.settled()).extracting(TrapPrice::basis).containsExactly("assumed", "assumed");
    assertThat(worker).as("tried once").isEmpty();
    assertThat(log.lines())
        .containsExactly("FINE what traps take is assumed: code in memory: Permission denied");
  }
}
