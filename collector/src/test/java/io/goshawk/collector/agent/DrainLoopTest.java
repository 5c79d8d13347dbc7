// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.goshawk.abi.Sampling;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.loader.session.TracingSession;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With a real ring, whose records are those of processes that begin. */
final class DrainLoopTest {

  private static final int PROCESSES = 20;
  private static final Logger LOG = Logger.getLogger(DrainLoop.class.getName());

  private final CountDownLatch goOn = new CountDownLatch(1);
  private final SlowRecords records = new SlowRecords();
  private TracingSession session;
  private DrainLoop loop;

  /** Takes the first record until it may go on. */
  private final class SlowRecords implements DrainLoop.Records {
    private final List<String> calls = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void onRecord(byte[] records, int offset, int length) {
      calls.add("taken");
      try {
        goOn.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void handOver() {
      calls.add("handed over");
    }

    @Override
    public void end() {
      calls.add("ended");
    }

    @Override
    public void endLate() {
      calls.add("ended late");
    }

    @Override
    public void left(byte[] records, int offset, int length) {
      calls.add("left");
    }

    @Override
    public void giveUp() {
      calls.add("given up");
    }

    private long count(String call) {
      return List.copyOf(calls).stream().filter(call::equals).count();
    }
  }

  @BeforeEach
  void fillTheRing() throws Exception {
    KernelSettings settings =
        new KernelSettings(
            Sampling.SAMPLE_ALWAYS_ON,
            Sampling.SAMPLE_ALWAYS_ON,
            Sampling.SAMPLE_ALWAYS_ON,
            0,
            0,
            List.of(),
            50,
            true);
    session = KernelPrograms.load(settings, new HeaderNumbers());
    loop = new DrainLoop(session::ring, records, new Ledger());
    loop.start();
    for (int i = 0; i < PROCESSES; i++) {
      assertThat(new ProcessBuilder("true").start().waitFor()).isZero();
    }
    await().until(() -> records.count("taken") == 1);
  }

  @AfterEach
  void unload() {
    goOn.countDown();
    await().until(() -> records.count("ended") + records.count("ended late") == 1);
    session.close();
  }

  @Test
  void whatThereIsTimeForIsTaken() throws Exception {
    goOn.countDown();
    loop.stop(System.nanoTime() + TimeUnit.MINUTES.toNanos(1));
    assertThat(records.count("taken")).isGreaterThanOrEqualTo(PROCESSES);
    assertThat(records.count("left")).isZero();
    assertThat(records.calls).endsWith("ended", "handed over");
  }

  @Test
  void whatThereIsNoTimeForIsLeftAndCounted() throws Exception {
    // When it says that it is late, the one record that was so slow is done.
    Handler late =
        new Handler() {
          @Override
          public void publish(LogRecord message) {
            goOn.countDown();
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    LOG.addHandler(late);
    try {
      loop.stop(System.nanoTime());
    } finally {
      LOG.removeHandler(late);
    }
    await().until(() -> records.count("ended late") == 1);
    assertThat(records.count("taken")).isEqualTo(1);
    assertThat(records.count("left")).isGreaterThanOrEqualTo(PROCESSES - 1);
  }

  @Test
  void aThreadThatDoesNotEndIsGivenUp() throws Exception {
    loop.stop(System.nanoTime());
    assertThat(records.calls).containsExactly("taken", "given up");
  }
}
