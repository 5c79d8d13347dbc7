// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The go command: a large Go program that a toolchain brings along. */
final class GoCommand {

  private GoCommand() {}

  /** That of a release. */
  static Path of(String release) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(List.of("go", "env", "GOROOT"));
    builder.environment().put("GOTOOLCHAIN", release);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = builder.start();
    String root = new String(process.getInputStream().readAllBytes()).strip();
    assertThat(process.waitFor()).as("go env GOROOT with GOTOOLCHAIN=" + release).isZero();
    Path command = Path.of(root, "bin", "go");
    assertThat(Files.exists(command)).as(command.toString()).isTrue();
    return command;
  }
}
