// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.collector.component.BatchConsumer;
import io.goshawk.collector.component.Feed;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.component.Receiver;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.tree.InvalidConfigException;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.spans.otlp.SpanBatch;
import java.time.Duration;
import java.util.Optional;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The agent as one receiver among others: the kernel, and what it sees of running services. */
public final class GoshawkReceiver implements Receiver {
  private static final Logger LOG = Logger.getLogger(GoshawkReceiver.class.getName());

  private final String version;
  private final NodeAccount account;
  private final BatchConsumer next;
  private final Ledger ledger;
  private volatile AgentSettings settings;
  private volatile @Nullable Agent agent;

  /**
   * A receiver that has not touched the kernel.
   *
   * @param settings by the keys of its declaration
   * @param version of Goshawk
   * @param ledger the books of the way from the kernel to here
   * @throws InvalidConfigException if it cannot work with the settings
   */
  public GoshawkReceiver(Settings settings, String version, Feed feed, Ledger ledger) {
    this.settings = AgentSettings.of(settings, version);
    this.version = version;
    this.account = feed.account();
    this.next = feed.next();
    this.ledger = ledger;
  }

  /** What it watches. */
  public AgentSettings settings() {
    return settings;
  }

  /** The agent, once its programs are loaded. */
  public Optional<Agent> agent() {
    return Optional.ofNullable(agent);
  }

  /**
   * Loads the programs and attaches to what is there. What hinders processes that were named goes
   * to the log.
   *
   * @throws StartException caused by a {@link BpfException} if the machine lacks what is needed
   */
  @Override
  public void start() throws StartException {
    try {
      Agent loaded = new Agent(settings, this::handOn, ledger);
      agent = loaded;
      loaded.start().forEach(LOG::warning);
    } catch (BpfException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartException("interrupted", e);
    }
  }

  @Override
  public Optional<Runnable> change(Settings next) {
    AgentSettings wanted = AgentSettings.of(next, version);
    return agent()
        .map(
            running -> {
              running.check(wanted, next);
              return () -> change(running, wanted);
            });
  }

  private void change(Agent running, AgentSettings wanted) {
    settings = wanted;
    try {
      running.change(wanted).forEach(LOG::warning);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void handOn(SpanBatch batch) {
    EncodedBatch spans = EncodedBatch.of(batch);
    account.received(spans.size());
    account.passedOn(spans.size());
    next.accept(spans);
  }

  @Override
  public void stop(Duration limit) {
    agent().ifPresent(running -> running.stop(limit));
  }
}
