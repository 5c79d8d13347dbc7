// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The agent is killed, without a chance to clean up, while its target is as busy as it can be. */
class SuddenDeathTest {

  private static final int DEATHS = 20;

  /** Of an agent that attaches, and of as many that detach. */
  private static final int DEATHS_AT_WORK = 10;

  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** From the signal until the agent has let go of its last probe, or longer. */
  private static final Duration DETACHING = Duration.ofMillis(300);

  private final Path folder = Repository.scratch("sudden-death");
  private final Path spans = folder.resolve("spans.jsonl");

  @Test
  void theTargetLosesNoRequestAndNoProbeIsLeftBehind() throws IOException {
    try (Service service = Service.start(folder);
        Load load = Load.start(folder, service)) {
      assertThat(Text.changed(service)).as("before any agent").isEmpty();
      for (int death = 0; death < DEATHS; death++) {
        Set<String> held = attachDeliverAndKill(service);

        awaitCodeOfTheFile(service, "death " + death);
        Awaitility.await("nothing is left in the kernel, after death " + death)
            .atMost(LIMIT)
            .until(() -> common(held, KernelObjects.all(folder)).isEmpty());
      }
      assertAnsweredAll(load.stop());
    }
  }

  /**
   * The kernel gives up on a breakpoint if the process that takes it out is being killed at this
   * very moment ("failed to unregister, leaking uprobe" of kernel/events/uprobes.c), so it must not
   * be the agent that takes it out.
   */
  @Test
  void aKillWhileTheAgentAttachesOrDetachesLeavesNoProbe() throws IOException {
    try (Service service = Service.start(folder);
        Load load = Load.start(folder, service)) {
      for (int death = 0; death < DEATHS_AT_WORK; death++) {
        try (Goshawk agent = Goshawk.start(folder, Map.of(), arguments(service))) {
          Awaitility.await("a probe")
              .atMost(LIMIT)
              .pollDelay(Duration.ZERO)
              .pollInterval(Duration.ofMillis(2))
              .until(() -> !Text.changed(service).isEmpty());
          agent.process().kill();
        }
        awaitCodeOfTheFile(service, "death " + death + " while attaching");

        try (Goshawk agent = Goshawk.attached(folder, Map.of(), arguments(service))) {
          agent.process().askToEnd();
          LockSupport.parkNanos(death * DETACHING.toNanos() / DEATHS_AT_WORK);
          agent.process().kill();
        }
        awaitCodeOfTheFile(service, "death " + death + " while detaching");
      }
      assertAnsweredAll(load.stop());
    }
  }

  /** Kills an agent that has delivered spans; returns what it held in the kernel. */
  private Set<String> attachDeliverAndKill(Service service) throws IOException {
    try (Goshawk agent = settled(service)) {
      Awaitility.await("spans").atMost(LIMIT).until(() -> spans.toFile().length() > 0);
      assertThat(Text.changed(service)).as("probes").isNotEmpty();
      Set<String> held = KernelObjects.heldBy(agent.process(), folder);
      assertThat(held)
          .as("kinds of objects")
          .anyMatch(object -> object.startsWith("prog"))
          .anyMatch(object -> object.startsWith("map"))
          .anyMatch(object -> object.startsWith("link"));
      agent.process().kill();
      return held;
    }
  }

  /** An agent that has attached what it needs and detached what it does not. */
  private Goshawk settled(Service service) {
    Goshawk agent = Goshawk.attached(folder, Map.of(), arguments(service));
    try {
      agent.process().awaitErrors("the probes of http.route have left");
      return agent;
    } catch (RuntimeException e) {
      agent.close();
      throw e;
    }
  }

  private static void awaitCodeOfTheFile(Service service, String after) {
    Awaitility.await("code is as in the file, after " + after)
        .atMost(LIMIT)
        .until(() -> Text.changed(service).isEmpty());
  }

  private static void assertAnsweredAll(Load.Result result) {
    assertThat(result.failed()).as(result.toString()).isZero();
    assertThat(result.answered()).as(result.toString()).isPositive().isEqualTo(result.sent());
  }

  private static Set<String> common(Set<String> one, Set<String> other) {
    Set<String> common = new TreeSet<>(one);
    common.retainAll(other);
    return common;
  }

  private String[] arguments(Service service) {
    return new String[] {
      "--log-level", "debug", "run", "--pid", service.pid(), "--exporter", "file=" + spans
    };
  }
}
