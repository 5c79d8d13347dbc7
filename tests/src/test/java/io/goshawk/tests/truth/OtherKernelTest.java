// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The same as {@link TruthTest} and {@link CallsTest} on the oldest kernel that is promised, booted
 * over this machine's root: its verifier follows the least, and it has no {@code uprobe_multi}.
 */
@Tag("kernels")
class OtherKernelTest {

  private static final String KERNEL = "linux-image-amd64"; // of Debian 12: 6.1
  private static final String MODULE = "tests/go/truth";
  private static final int REQUESTS = 2_000;
  private static final Duration LIMIT = Duration.ofMinutes(12);

  private final Path folder = Repository.scratch("kernel");

  @Test
  void everyProgramLoadsAndNothingIsMissingForTheMainJob() throws IOException {
    String printed = boot("bin/goshawk doctor");

    assertThat(printed)
        .contains("kernel release            6.1.")
        .doesNotContain("refused: ")
        .contains("Go services can be traced on this machine.");
  }

  @Test
  void everyKindOfRequestBecomesItsOneSpan() throws IOException {
    Path driven = folder.resolve("driven.jsonl");
    run(
        "serve",
        "xnet listening",
        """
        targets=$(sed -n 's/^\\([a-z]*\\) listening on /\\1=/p' service.out | paste -sd,)
        %s --targets "$targets" --log %s --requests %d --seed 5 --linger 0
        """
            .formatted(GoToolchain.newest().build(MODULE, "./drive"), driven, REQUESTS));

    Comparison comparison =
        Comparison.of(driven, folder.resolve("truth.jsonl"), folder.resolve("traced.jsonl"));
    assertThat(comparison.differences()).isEmpty();
    assertThat(comparison.spans()).isGreaterThan(REQUESTS / 2);
  }

  @Test
  void everyCallIsOneSpanUnderItsTrueParent() throws IOException {
    run(
        "calls",
        "listening",
        """
        %s --target "$(sed 's/listening on //' service.out)" --plan '%s'
        """
            .formatted(
                GoToolchain.newest().build(MODULE, "./callers"),
                "pool=20,+poolbackground=50,sequence=50,fanout=10,orphans=10,stack=10,custom=10,"
                    + "redirect=10,refused=10,transaction=10,failing=10,aba=20,owntrace=10,"
                    + "tls=5,unix=5,streams=5,cleartext=5,xnet=5,gateway=5,sameport=5,byhand=5"));

    CallsComparison comparison =
        CallsComparison.of(List.of(folder.resolve("truth.jsonl")), folder.resolve("traced.jsonl"));
    assertThat(comparison.differences()).isEmpty();
    assertThat(comparison.comparedByScenario()).hasSizeGreaterThan(12);
  }

  /** Traces a service in the guest from before its first request until its end. */
  private void run(String service, String listening, String drive) throws IOException {
    boot(
        """
        set -e
        launch=$PWD/bin/goshawk
        cd %1$s
        %2$s --log truth.jsonl >service.out &
        service=$!
        until grep -q '%3$s' service.out; do sleep 0.1; done
        "$launch" run --pid $service --exporter file=traced.jsonl 2>agent.err &
        agent=$!
        until grep -q 'tracing process' agent.err; do kill -0 $agent; sleep 0.1; done
        %4$s
        kill $service
        wait $service
        wait $agent
        """
            .formatted(
                folder, GoToolchain.newest().build(MODULE, "./" + service), listening, drive));
    assertThat(folder.resolve("agent.err")).content().contains("adds up: every request");
  }

  /** Runs a script in the guest, in this checkout, and returns what was printed there. */
  private String boot(String script) throws IOException {
    Path file = folder.resolve("guest.sh");
    Files.writeString(file, "cd '%s'\n%s".formatted(Repository.ROOT, script));
    return ChildProcess.run(
        folder,
        Map.of(),
        LIMIT,
        List.of(
            Repository.ROOT.resolve("tests/kernels/boot").toString(),
            KERNEL,
            folder.toString(),
            file.toString()));
  }
}
