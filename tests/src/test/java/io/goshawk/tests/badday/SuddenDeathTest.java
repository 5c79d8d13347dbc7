package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The agent is killed, without a chance to clean up, while its target is as busy as it can be. */
class SuddenDeathTest {

  private static final int DEATHS = 20;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Path folder = Repository.scratch("sudden-death");
  private final Path spans = folder.resolve("spans.jsonl");

  @Test
  void theTargetLosesNoRequestAndNoProbeIsLeftBehind() throws IOException {
    try (Service service = Service.start(folder);
        Load load = Load.start(folder, service)) {
      assertThat(Text.changed(service)).as("before any agent").isEmpty();
      for (int death = 0; death < DEATHS; death++) {
        Set<String> held = attachAndKill(service, death % 2 == 0);

        Awaitility.await("code is as in the file, after death " + death)
            .atMost(LIMIT)
            .until(() -> Text.changed(service).isEmpty());
        Awaitility.await("nothing is left in the kernel, after death " + death)
            .atMost(LIMIT)
            .until(() -> common(held, KernelObjects.all(folder)).isEmpty());
      }
      try (Goshawk agent = attached(service)) {
        Summary summary = agent.stop();
        assertThat(summary.count("requests seen")).as(summary.text()).isPositive();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
      }
      Load.Result result = load.stop();
      assertThat(result.failed()).as(result.toString()).isZero();
      assertThat(result.answered()).as(result.toString()).isPositive().isEqualTo(result.sent());
      assertThat(Text.changed(service)).as("after all").isEmpty();
    }
  }

  /**
   * Kills an agent.
   *
   * @param delivering whether it has delivered spans by then; else it is still putting its probes
   *     in
   * @return what it held in the kernel
   */
  private Set<String> attachAndKill(Service service, boolean delivering) throws IOException {
    try (Goshawk agent =
        delivering ? attached(service) : Goshawk.start(folder, Map.of(), arguments(service))) {
      if (delivering) {
        Awaitility.await("spans").atMost(LIMIT).until(() -> spans.toFile().length() > 0);
      }
      Set<String> held = new TreeSet<>();
      Awaitility.await("probes")
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(2))
          .pollDelay(Duration.ZERO)
          .until(
              () -> {
                held.addAll(KernelObjects.heldBy(agent.process()));
                return !Text.changed(service).isEmpty();
              });
      held.addAll(KernelObjects.heldBy(agent.process()));
      assertThat(held)
          .as("kinds of objects")
          .anyMatch(object -> object.startsWith("prog"))
          .anyMatch(object -> object.startsWith("map"))
          .anyMatch(object -> object.startsWith("link"));
      agent.process().kill();
      return held;
    }
  }

  private static Set<String> common(Set<String> one, Set<String> other) {
    Set<String> common = new TreeSet<>(one);
    common.retainAll(other);
    return common;
  }

  private Goshawk attached(Service service) {
    return Goshawk.attached(folder, Map.of(), arguments(service));
  }

  private String[] arguments(Service service) {
    return new String[] {"run", "--pid", service.pid(), "--exporter", "file=" + spans};
  }
}
