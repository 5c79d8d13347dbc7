// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The program in {@code tests/go/agent}, built once for a test class. */
final class Service {

  private Service() {}

  /** Builds it. */
  static Path build(Path folder) throws IOException, InterruptedException {
    Path binary = folder.resolve("agent-test-service");
    Process build =
        new ProcessBuilder("go", "build", "-o", binary.toString(), ".")
            .directory(source().toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("go-build.log").toFile())
            .start();
    assertThat(build.waitFor(3, TimeUnit.MINUTES)).as("go build ends").isTrue();
    assertThat(build.exitValue())
        .as(() -> "go build: " + read(folder.resolve("go-build.log")))
        .isZero();
    return binary;
  }

  private static Path source() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path source = at.resolve("tests/go/agent");
      if (Files.isDirectory(source)) {
        return source;
      }
    }
    throw new IllegalStateException("no tests/go/agent above " + Path.of("").toAbsolutePath());
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return "(" + e + ")";
    }
  }
}
