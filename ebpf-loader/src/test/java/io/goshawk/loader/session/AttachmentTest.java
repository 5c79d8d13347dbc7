// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.goshawk.abi.Settings;
import io.goshawk.loader.bpf.ObjectOptions;
import io.goshawk.loader.bpf.ObjectOptions.Uprobes;
import io.goshawk.loader.file.ExecutableFile;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoFixtures;
import io.goshawk.loader.probe.ProbeCatalogue;
import io.goshawk.loader.probe.ProbePlan;
import io.goshawk.loader.probe.ProbePlanner;
import io.goshawk.loader.probe.Site;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is in the code of a Go server: our breakpoints, or nothing of ours. */
class AttachmentTest {

  private static final String GO = "1.26.11";
  private static final int LIMIT_SECONDS = 20;

  @TempDir Path folder;

  private static Path server;
  private static ProbePlan plan;
  private static long[] sites;

  private Path app;

  @BeforeAll
  static void planTheServer() {
    server = GoFixtures.server(GO);
    try (GoExecutable executable = GoFixtures.open(server)) {
      plan = ProbePlanner.plan(executable);
    }
    sites =
        plan.rows().stream()
            .flatMap(row -> row.sites().stream())
            .mapToLong(Site::fileOffset)
            .toArray();
    assertThat(sites).hasSizeGreaterThan(2);
  }

  @BeforeEach
  void install() throws Exception {
    app = Files.copy(server, folder.resolve("app"));
  }

  @Test
  void onlyThoseProgramsAreLoadedThatAPlanNeeds() {
    Set<String> probes = ProbeCatalogue.standard().programs();
    Set<String> planned =
        plan.rows().stream()
            .flatMap(row -> row.sites().stream())
            .map(Site::program)
            .collect(Collectors.toSet());
    assertThat(planned).contains("http_server_start").doesNotContain("sql_call_start");
    try (TracingSession session = load(Uprobes.BEST)) {
      Set<String> first = session.programs();
      assertThat(first).contains("process_exit").doesNotContainAnyElementsOf(probes);

      assertThat(session.prepare(plan)).isEmpty();
      assertThat(session.programs())
          .containsAll(first)
          .containsAll(planned)
          .hasSize(first.size() + planned.size());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MULTI", "SINGLE"})
  void probesGoIntoTheFileThatWasOpenedAlsoWhenItsPathLeadsToAnother(Uprobes way) throws Exception {
    try (TracingSession session = load(way);
        ExecutableFile opened = ExecutableFile.open(app)) {
      Files.move(
          Files.copy(server, folder.resolve("next")), app, StandardCopyOption.REPLACE_EXISTING);
      try (ExecutableFile other = ExecutableFile.open(app)) {
        Attachment attachment = session.attach(1, plan, opened);

        assertThat(attachment.refusals()).isEmpty();
        assertThat(probed(opened)).isEqualTo(sites.length);
        assertThat(probed(other)).isZero();
        attachment.close();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MULTI", "SINGLE"})
  void whoWaitsToWriteGoesOnWhenTheBreakpointsHaveLeft(Uprobes way) throws Exception {
    try (TracingSession session = load(way)) {
      ExecutableFile file = ExecutableFile.open(app);
      assertThat(file.lease()).isEmpty();
      Attachment attachment = session.attach(1, plan, file);
      assertThat(probed(file)).isEqualTo(sites.length);

      Path next = Files.copy(server, folder.resolve("next"));
      Process writer =
          new ProcessBuilder(
                  "sh", "-c", "cat \"$1\" >\"$2\"", "sh", next.toString(), app.toString())
              .start();
      await().until(file::isWriterWaiting);
      assertThat(probed(file)).as("while it waits").isEqualTo(sites.length);
      attachment.close();

      assertThat(writer.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      try (ExecutableFile written = ExecutableFile.open(app)) {
        assertThat(probed(written)).isZero();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"MULTI", "SINGLE"})
  void aRowComesAndGoesInTheFileThatHasNoNameAnyMore(Uprobes way) throws Exception {
    try (TracingSession session = load(way)) {
      ExecutableFile file = ExecutableFile.open(app);
      Attachment attachment = session.attach(1, plan, file);
      Files.delete(app);

      attachment.detachRow("http.route");
      assertThat(attachment.isAttached("http.route")).isFalse();
      int left = sites.length - plan.row("http.route").orElseThrow().sites().size();
      await().until(() -> probed(file) == left);
      attachment.attachRow("http.route");
      assertThat(attachment.isAttached("http.route")).isTrue();
      assertThat(probed(file)).isEqualTo(sites.length);
      attachment.close();
    }
  }

  private static int probed(ExecutableFile file) throws Exception {
    int probed = 0;
    for (long site : sites) {
      probed += file.isUnprobed(new long[] {site}) ? 0 : 1;
    }
    return probed;
  }

  private static TracingSession load(Uprobes way) {
    ByteBuffer settings = ByteBuffer.allocate(Settings.SIZE).order(ByteOrder.nativeOrder());
    TracingSession session = TracingSession.load(ObjectOptions.DEFAULT.withUprobes(way), settings);
    assertThat(session.refusals()).isEmpty();
    return session;
  }
}
