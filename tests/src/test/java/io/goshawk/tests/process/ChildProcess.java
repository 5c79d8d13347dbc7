// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A process that a test started, with its output in files. It is killed when it is closed, and when
 * this JVM ends, if it still lives.
 */
public final class ChildProcess implements AutoCloseable {

  private static final Duration START_LIMIT = Duration.ofSeconds(60);

  private final List<String> command;
  private final Process process;
  private final Path output;
  private final Path errors;
  private final Thread killer;

  private ChildProcess(List<String> command, Process process, Path output, Path errors) {
    this.command = command;
    this.process = process;
    this.output = output;
    this.errors = errors;
    killer = new Thread(process::destroyForcibly, "kill " + process.pid());
    Runtime.getRuntime().addShutdownHook(killer);
  }

  /** Starts a command; standard output and error go to files in the folder. */
  public static ChildProcess start(
      Path folder, Map<String, String> environment, List<String> command) {
    try {
      Path output = Files.createTempFile(folder, "output-", ".txt");
      Path errors = Files.createTempFile(folder, "errors-", ".txt");
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile());
      builder.environment().putAll(environment);
      return new ChildProcess(List.copyOf(command), builder.start(), output, errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a command to its end and returns its standard output; fails if it does. */
  public static String run(
      Path folder, Map<String, String> environment, Duration limit, List<String> command) {
    try (ChildProcess child = start(folder, environment, command)) {
      int status = child.awaitExit(limit);
      if (status != 0) {
        throw child.failure("ended with status " + status);
      }
      return child.output();
    }
  }

  public long pid() {
    return process.pid();
  }

  public boolean alive() {
    return process.isAlive();
  }

  /** What it has written to standard output until now. */
  public String output() {
    return read(output);
  }

  /** What it has written to standard error until now. */
  public String errors() {
    return read(errors);
  }

  /** Waits until a line of standard output matches, and returns the match. */
  public MatchResult awaitOutput(String pattern) {
    return awaitOutput(pattern, START_LIMIT);
  }

  /** Waits until a line of standard output matches, and returns the match. */
  public MatchResult awaitOutput(String pattern, Duration limit) {
    return await(output, Pattern.compile(pattern, Pattern.MULTILINE), limit);
  }

  /** Waits until a line of standard error matches, and returns the match. */
  public MatchResult awaitErrors(String pattern) {
    return await(errors, Pattern.compile(pattern, Pattern.MULTILINE), START_LIMIT);
  }

  private MatchResult await(Path file, Pattern pattern, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      boolean ended = !process.isAlive();
      Optional<MatchResult> match = first(pattern.matcher(read(file)));
      if (match.isPresent()) {
        return match.get();
      }
      if (ended || System.nanoTime() > deadline) {
        throw failure(
            (ended ? "ended" : "has not come so far in " + limit.toSeconds() + " s")
                + " without printing "
                + pattern);
      }
      pause();
    }
  }

  private static Optional<MatchResult> first(Matcher matcher) {
    return matcher.find() ? Optional.of(matcher.toMatchResult()) : Optional.empty();
  }

  /** Sends SIGTERM. */
  public void askToEnd() {
    process.destroy();
  }

  /** Sends a signal, by its name without SIG. */
  public void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Sends SIGTERM and waits for the end; the exit status. */
  public int terminate(Duration limit) {
    askToEnd();
    return awaitExit(limit);
  }

  /** Sends SIGKILL and waits until it is gone. */
  public void kill() {
    process.destroyForcibly();
    awaitExit(Duration.ofSeconds(20));
  }

  /** Waits for the end; the exit status. */
  public int awaitExit(Duration limit) {
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw failure("still runs after " + limit.toMillis() + " ms");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + command, e);
    }
  }

  /** An error that says what this process did. */
  public IllegalStateException failure(String what) {
    return new IllegalStateException(
        command
            + " "
            + what
            + "\n--- output\n"
            + tail(output())
            + "\n--- errors\n"
            + tail(errors()));
  }

  @Override
  public void close() {
    if (process.isAlive()) {
      process.destroyForcibly();
      try {
        process.waitFor(20, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    try {
      Runtime.getRuntime().removeShutdownHook(killer);
    } catch (IllegalStateException e) {
      // The JVM is on its way out, and the hook with it.
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(5);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static String tail(String text) {
    return text.length() <= 8_000 ? text : "…" + text.substring(text.length() - 8_000);
  }

  private static String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
