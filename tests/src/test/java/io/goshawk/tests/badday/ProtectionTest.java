// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import io.goshawk.tests.process.Summary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A service that brings more than somebody wants to pay for. */
class ProtectionTest {

  private final Path folder = Repository.scratch("protection");
  private final Path spans = folder.resolve("spans.jsonl");
  private final Path config = folder.resolve("goshawk.yaml");

  @Test
  void whatIsOverAQuotaBecomesNoSpanAndIsCountedAndSaid() throws IOException {
    try (Service service = Service.start(folder)) {
      String one = "include: {pids: [%s]}".formatted(service.pid());
      write(one + ", quotas: {rows: {http.server: {spans_per_second: 1}}}");
      try (Goshawk agent = run(service)) {
        service.get("/limited", 300);
        agent
            .process()
            .awaitErrors(
                "process %s \\(.*\\): http server over the quota of spans, refused"
                    .formatted(service.pid()));
        write(one + ", service_name: unlimited");
        agent.process().awaitErrors("goes on with the configuration as it is now");
        service.get("/free", 300);

        Summary summary = agent.stop();
        assertThat(summary.addsUp()).as(summary.text()).isTrue();
        long limited = SpanFile.paths(spans).stream().filter("/limited"::equals).count();
        assertThat(limited).isBetween(1L, 299L);
        assertThat(SpanFile.paths(spans)).hasSize((int) limited + 300);
        assertThat(summary.count("refused: over the quota of spans")).isEqualTo(300 - limited);
        assertThat(summary.count("requests seen")).isEqualTo(600);
      }
    }
  }

  private void write(String goshawk) throws IOException {
    Path next = folder.resolve("next.yaml");
    Files.writeString(
        next,
        """
        receivers:
          goshawk: {%s}
        exporters:
          file: {path: '%s'}
        service:
          pipelines:
            traces: {receivers: [goshawk], exporters: [file]}
        """
            .formatted(goshawk, spans));
    Files.move(next, config, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  private Goshawk run(Service target) {
    Goshawk agent = Goshawk.start(folder, Map.of(), "run", "--config", config.toString());
    agent.process().awaitErrors("tracing process " + target.pid() + ":");
    return agent;
  }
}
