// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The launcher and its archive of classes, with a java that only says what it was told. */
class LauncherTest {

  private final Path folder = Repository.scratch("launcher");
  private final Path java = folder.resolve("java");
  private final Path cache = folder.resolve("cache");
  private final Path archive = cache.resolve("goshawk-17.0.9.jsa");

  @BeforeEach
  void makeJava() throws IOException {
    Files.writeString(
        java,
        """
        #!/bin/sh
        for a; do
          case $a in
            -version) echo 'openjdk version "17.0.9"' >&2; exit ;;
            -XX:ArchiveClassesAtExit=*) echo >>"$0.trained"; echo classes >"${a#*=}"; exit "$TRAINED" ;;
            -XX:SharedArchiveFile=*) echo "uses ${a#*=}" ;;
          esac
        done
        echo started
        """);
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void anArchiveIsMadeOnceAndUsed() throws IOException {
    for (int i = 0; i < 2; i++) {
      assertThat(start(0)).isEqualTo("uses " + archive + "\nstarted\n");
    }
    assertThat(trained()).isEqualTo(1);

    Files.setLastModifiedTime(java, FileTime.fromMillis(0)); // another Java
    assertThat(start(0)).isEqualTo("uses " + archive + "\nstarted\n");
    assertThat(trained()).isEqualTo(2);
    assertThat(leftInCache()).containsExactlyInAnyOrder(archive, seal());
  }

  @Test
  void oneThatWasCutShortIsMadeAnew() throws IOException {
    start(0);
    Files.writeString(archive, "cla");
    assertThat(start(0)).contains("uses " + archive);
    assertThat(archive).hasContent("classes");
  }

  @Test
  void oneWhoseMakingFailedIsNotInstalledAndThatIsSaidOnce() throws IOException {
    Ended first = launch(1);
    assertThat(first.errors()).contains("makes no archive of classes").contains(seal().toString());
    assertThat(first.output()).isEqualTo("started\n");

    Ended second = launch(0);
    assertThat(second.errors()).isEmpty();
    assertThat(second.output()).isEqualTo("started\n");
    assertThat(leftInCache()).containsExactly(seal());
  }

  @Test
  void whatOthersMayWriteIsNotUsed() throws IOException {
    start(0);
    for (Path path : List.of(archive, seal(), cache, folder)) {
      var before = Files.getPosixFilePermissions(path);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxrwxrwx"));
      if (path.equals(cache) || path.equals(folder)) {
        Ended ended = launch(0);
        assertThat(ended.output()).as("with %s", path).isEqualTo("started\n");
        assertThat(ended.errors()).contains("no archive of classes in " + cache);
      } else {
        Files.writeString(archive, "foreign");
        assertThat(start(0)).contains("uses " + archive);
        assertThat(archive).as("made anew").hasContent("classes");
      }
      if (Files.exists(path)) {
        Files.setPosixFilePermissions(path, before);
      }
    }
  }

  @Test
  void whatIsAnothersIsNotUsed() throws Exception {
    start(0);
    assertThat(new ProcessBuilder("chown", "65534", cache.toString()).start().waitFor()).isZero();
    assertThat(start(0)).isEqualTo("started\n");
  }

  private String start(int trained) {
    return launch(trained).output();
  }

  private Ended launch(int trained) {
    Ended ended =
        Ended.run(
            folder,
            List.of(),
            Map.of(
                "GOSHAWK_JAVA", java.toString(),
                "GOSHAWK_CACHE", cache.toString(),
                "TRAINED", Integer.toString(trained)),
            "inspect",
            "nothing");
    assertThat(ended.status()).isZero();
    return ended;
  }

  private int trained() throws IOException {
    return Files.readAllLines(folder.resolve("java.trained")).size();
  }

  private Path seal() {
    return cache.resolve("goshawk-17.0.9.seal");
  }

  private List<Path> leftInCache() throws IOException {
    try (var files = Files.list(cache)) {
      return files.toList();
    }
  }
}
