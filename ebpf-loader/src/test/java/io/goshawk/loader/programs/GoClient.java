// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.go.GoBuild;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The running client.go, which makes requests when told to. */
final class GoClient implements AutoCloseable {
  private final Process process;
  private final Path executable;
  private final BufferedReader output;

  /**
   * What a request came to.
   *
   * @param peer the other end of the connection; {@code -} for none
   * @param result the status, or the type of the innermost error with the name of its package
   */
  record Outcome(String peer, String result) {}

  private GoClient(Process process, Path executable) {
    this.process = process;
    this.executable = executable;
    this.output = process.inputReader(StandardCharsets.UTF_8);
  }

  static GoClient start(GoBuild build) {
    try (InputStream source = GoClient.class.getResourceAsStream("client.go")) {
      Path executable = build.build(new String(source.readAllBytes(), StandardCharsets.UTF_8));
      GoClient client =
          new GoClient(
              new ProcessBuilder(executable.toString())
                  .redirectError(ProcessBuilder.Redirect.INHERIT)
                  .start(),
              executable);
      assertThat(client.output.readLine()).isEqualTo("ready");
      return client;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path executable() {
    return executable;
  }

  long pid() {
    return process.pid();
  }

  /** Has it make the requests of one of its ways. */
  Outcome make(String way) {
    try {
      process.getOutputStream().write((way + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
      String answer = output.readLine();
      assertThat(answer).as("the client has ended").isNotNull();
      int space = answer.indexOf(' ');
      return new Outcome(answer.substring(0, space), answer.substring(space + 1).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
