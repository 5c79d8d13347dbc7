// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Repository;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Where a container is like no other machine: a pid namespace of its own, and no locale. */
class ContainerTest {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** As unshare's --mount-proc, which wants a root that is a mount: that of a chroot is none. */
  private static final String MOUNT_PROC =
      "mount --make-private /proc && mount -t proc proc /proc && exec \"$0\" \"$@\"";

  private static final List<String> WITH_ITS_PROC =
      List.of(
          "unshare",
          "-pfm",
          "--kill-child",
          "--propagation=unchanged",
          "sh",
          "-c",
          MOUNT_PROC,
          "env",
          "-u",
          "LANG",
          "LC_ALL=C");

  private static final List<String> WITH_THE_HOSTS_PROC = List.of("unshare", "-pf", "--kill-child");

  private final Path folder = Repository.scratch("container");

  @Test
  void captureAsProcessOneTracesItsCommandAndWaitsForOrphans() {
    Path spans = folder.resolve("spans.jsonl");
    // A folder that is no UTF-8, a program that is no ASCII; an orphan that a zombie would be.
    String script =
        """
        cd '%s' && d=$(printf 'no\\377text') && mkdir -p "$d" && cp '%s' "$d/sürver" || exit
        orphan=$(sh -c 'sleep 0 >/dev/null & echo $!')
        while [ -e /proc/$orphan ]; do sleep 0.05; done
        echo "locale ${LC_ALL-none} ${GOSHAWK_LC_ALL-none}"
        exec "$d/sürver"
        """
            .formatted(folder, Programs.SERVE);
    try (ChildProcess capture =
        Ended.start(
            folder,
            WITH_ITS_PROC,
            Map.of(),
            "capture",
            "-o",
            spans.toString(),
            "--",
            "sh",
            "-c",
            script)) {
      Service service = Service.of(capture);
      service.get("/asked");
      ProcessHandle.of(capture.pid()).orElseThrow().children().forEach(ProcessHandle::destroy);
      Ended ended = Ended.of(capture, capture.awaitExit(LIMIT));
      assertThat(ended.output()).startsWith("locale C none\n");
      assertThat(ended.errors()).contains("adds up: every request").doesNotContain("WARN");
      assertThat(SpanFile.paths(spans)).containsExactly("/asked");
    }
  }

  @Test
  void whereProcIsOfAnotherPidNamespaceItSaysSoAtOnce() {
    Ended ended = Ended.run(folder, WITH_THE_HOSTS_PROC, Map.of(), "run", "--pid", "1");
    assertThat(ended.status()).isEqualTo(3);
    assertThat(ended.errors()).contains("/proc is that of another pid namespace", "--mount-proc");
  }
}
