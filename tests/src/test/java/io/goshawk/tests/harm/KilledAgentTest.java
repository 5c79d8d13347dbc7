package io.goshawk.tests.harm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KilledAgentTest {

  private static final int KILLS = 20;

  @Test
  void anAgentKilledUnderFullLoadCostsNoRequestAndLeavesNoProbe() {
    Path folder = Repository.scratch("killed");
    Path service = GoToolchain.newest().build("tests/go/bench", "./serve");
    Path loader = GoToolchain.newest().build("tests/go/bench", "./load");
    try (ChildProcess serve = ChildProcess.start(folder, Map.of(), List.of(service.toString()))) {
      String address = serve.awaitOutput("listening on (\\S+)").group(1);
      ProgramText text = new ProgramText(serve.pid(), service);
      assertThat(text.changedBytes()).as("before the first agent").isZero();
      List<String> fullLoad = List.of(loader.toString(), "--target", address, "--duration", "10m");
      try (ChildProcess load = ChildProcess.start(folder, Map.of(), fullLoad)) {
        for (int kill = 1; kill <= KILLS; kill++) {
          attachAndKill(folder, serve, text);
        }
        assertThat(load.terminate(Duration.ofSeconds(20))).isZero();
        JsonObject result = JsonParser.parseString(load.output()).getAsJsonObject();
        assertThat(result.get("failed").getAsInt()).as(load.output()).isZero();
        assertThat(result.get("requests").getAsInt()).isGreaterThan(KILLS * 1_000);
      }
      assertThat(serve.alive()).isTrue();
    }
  }

  private static void attachAndKill(Path folder, ChildProcess serve, ProgramText text) {
    try (Goshawk agent =
        Goshawk.attached(
            folder,
            Map.of(),
            "run",
            "--pid",
            String.valueOf(serve.pid()),
            "--exporter",
            "file=/dev/null")) {
      assertThat(text.changedBytes()).as("probes while the agent runs").isPositive();
      agent.process().kill();
    }
    // The kernel takes them out when the last reference to their link is gone, a moment later.
    await("the probes are gone")
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> text.changedBytes() == 0);
  }
}
