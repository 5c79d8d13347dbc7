// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.collector.agent.Agent;
import io.goshawk.loader.stat.Mount;
import io.goshawk.loader.target.Orphans;
import io.goshawk.loader.target.ProcessSignals;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A command that runs under {@code capture} as if it ran alone: it has our standard input, output
 * and error, gets our signals, and its status becomes ours.
 */
final class FollowedCommand {

  private static final Logger LOG = Logger.getLogger(FollowedCommand.class.getName());

  /** What Java takes bytes for that are no UTF-8. */
  private static final char REPLACED = '\ufffd';

  /** What Java's names depend on; bin/goshawk sets it. */
  private static final String LOCALE = "LC_ALL";

  /** What it was before; empty if it was not set. */
  private static final String OWN_LOCALE = "GOSHAWK_LC_ALL";

  /** What the command has written when it ends is there; only what it left running writes on. */
  private static final long LAST_OUTPUT_MILLIS = 1_000;

  /** For whoever keeps the command's file, if that is not this machine alone. */
  private static final long ANSWER_SECONDS = 5;

  private final Process process;
  private final Optional<String> hindrance;
  private final @Nullable Thread outputCopier;

  private FollowedCommand(Process process, Optional<String> hindrance, boolean outputToErrors) {
    this.process = process;
    this.hindrance = hindrance;
    this.outputCopier = outputToErrors ? copyOutput(process) : null;
  }

  /**
   * Puts probes into the command's binary, then starts it. A script has none itself, but the Go
   * programs it starts are followed.
   *
   * @param outputToErrors whether its standard output goes to standard error, since ours is taken
   * @throws CommandFailure if it cannot be executed
   */
  static FollowedCommand start(List<String> command, boolean outputToErrors, Agent agent)
      throws InterruptedException {
    requireText(command);
    Path executable = resolve(command.get(0));
    try {
      Optional<String> reason = agent.expect(executable);
      reason.ifPresent(
          text ->
              LOG.info(
                  () ->
                      executable
                          + " itself is not traced ("
                          + text
                          + "); what it starts is followed"));
      return started(
          agent.startFollowed(builder(command, outputToErrors)),
          reason.map(text -> executable + " itself is not traced: " + text),
          outputToErrors);
    } catch (IOException e) {
      throw notExecutable(command.get(0), e);
    }
  }

  /** Starts the command and nothing else. */
  static FollowedCommand startUntraced(List<String> command, boolean outputToErrors)
      throws InterruptedException {
    requireText(command);
    resolve(command.get(0));
    try {
      return started(builder(command, outputToErrors).start(), Optional.empty(), outputToErrors);
    } catch (IOException e) {
      throw notExecutable(command.get(0), e);
    }
  }

  private static FollowedCommand started(
      Process process, Optional<String> hindrance, boolean outputToErrors) {
    if (Orphans.areOurs()) {
      Orphans.reapUntilEndOf((int) process.pid());
    }
    return new FollowedCommand(process, hindrance, outputToErrors);
  }

  /**
   * Arguments are bytes, but Java takes and gives text, and what is none would come out changed.
   *
   * @throws CommandFailure if there is one
   */
  private static void requireText(List<String> command) {
    if (command.stream().noneMatch(word -> word.indexOf(REPLACED) >= 0)) {
      return;
    }
    try {
      String ours = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.ISO_8859_1);
      List<String> given = List.of(ours.split("\0", -1));
      for (String word : command) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        if (!given.contains(new String(bytes, StandardCharsets.ISO_8859_1))) {
          throw new CommandFailure(
              ExitStatus.WRONG_USE,
              "cannot hand on '" + word + "' as it was given: it is not UTF-8; let a script do it");
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("/proc/self/cmdline is not readable", e);
    }
  }

  /** With the environment of whoever started us, who did not set what bin/goshawk set for Java. */
  private static ProcessBuilder builder(List<String> command, boolean outputToErrors) {
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    Map<String, String> environment = builder.environment();
    String locale = environment.remove(OWN_LOCALE);
    if (locale != null && locale.isEmpty()) {
      environment.remove(LOCALE);
    } else if (locale != null) {
      environment.put(LOCALE, locale);
    }
    if (outputToErrors) {
      LOG.info("standard output is for spans; the command's goes to standard error");
      builder.redirectOutput(ProcessBuilder.Redirect.PIPE);
    }
    return builder;
  }

  /**
   * Copies what the command writes to standard error. A shell in between could share the very
   * stream, but shells drop variables whose names they do not like.
   */
  private static Thread copyOutput(Process process) {
    Thread copier =
        new Thread(
            () -> {
              try (InputStream output = process.getInputStream()) {
                output.transferTo(new FileOutputStream(FileDescriptor.err));
              } catch (IOException e) {
                LOG.fine(() -> "the command's output: " + e.getMessage());
              }
            },
            "command-output");
    copier.setDaemon(true);
    copier.start();
    return copier;
  }

  /** Why the command itself is not traced; empty if it is. */
  Optional<String> hindrance() {
    return hindrance;
  }

  /**
   * Looks, before the output is opened and with that emptied, that it is not what is to be
   * executed, under whatever name.
   *
   * @throws CommandFailure if it is, or if there is no such command
   */
  static void requireOther(String name, String output) throws InterruptedException {
    Path executable = resolve(name);
    try {
      if (Files.isSameFile(executable, Path.of(output))) {
        throw new CommandFailure(
            ExitStatus.WRONG_USE,
            "cannot write "
                + output
                + ": it is the executable of the command, "
                + executable
                + ", which would be lost; name another file with -o");
      }
    } catch (IOException | InvalidPathException e) {
      // There is no such file yet, or there cannot be: whoever opens it says so.
      LOG.fine(() -> output + " is not there: " + e.getMessage());
    }
  }

  private static CommandFailure notExecutable(String name, IOException e) {
    return new CommandFailure(
        ExitStatus.COMMAND_NOT_EXECUTABLE, "cannot execute " + name + ": " + e.getMessage());
  }

  /** What the shell would find: a path if there is a slash, else the first of that name on PATH. */
  static Path resolve(String name) throws InterruptedException {
    if (name.indexOf('/') >= 0) {
      Path path = Path.of(name);
      requireAnswer(path);
      if (!Files.exists(path)) {
        throw new CommandFailure(ExitStatus.COMMAND_NOT_FOUND, "no such file: " + name);
      }
      if (!isExecutable(path)) {
        throw new CommandFailure(
            ExitStatus.COMMAND_NOT_EXECUTABLE, name + " is not executable; chmod +x it");
      }
      return path;
    }
    Optional<Path> seen = Optional.empty();
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
      Path path = Path.of(folder.isEmpty() ? "." : folder, name);
      requireAnswer(path);
      if (isExecutable(path)) {
        return path;
      }
      if (seen.isEmpty() && Files.exists(path)) {
        seen = Optional.of(path);
      }
    }
    throw seen.map(
            path ->
                new CommandFailure(ExitStatus.COMMAND_NOT_EXECUTABLE, path + " is not executable"))
        .orElseGet(
            () ->
                new CommandFailure(
                    ExitStatus.COMMAND_NOT_FOUND,
                    "no command " + name + " on PATH; for one in this folder write ./" + name));
  }

  /**
   * Has another process read a file, where there are file systems that others keep: who waits for
   * one that does not answer may never end.
   *
   * @throws CommandFailure if it does not come back
   */
  private static void requireAnswer(Path path) throws InterruptedException {
    try {
      List<Mount> mounts = Mount.all(Path.of("/proc/self/mountinfo"));
      if (mounts.stream().noneMatch(Mount::isRemote)) {
        return;
      }
      Process reader =
          new ProcessBuilder(
                  "/bin/sh", "-c", "[ -f \"$1\" ] && head -c 1 <\"$1\"", "sh", path.toString())
              .redirectInput(new File("/dev/null"))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!reader.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS)) {
        reader.destroyForcibly();
        String which =
            Mount.holding(path.toAbsolutePath().normalize().toString(), mounts)
                .filter(Mount::isRemote)
                .map(mount -> "its file system, " + mount + ",")
                .orElse("a file system on the way to it");
        throw new CommandFailure(
            ExitStatus.COMMAND_NOT_EXECUTABLE,
            "cannot execute %s: %s does not answer; see to its server".formatted(path, which));
      }
    } catch (IOException e) {
      LOG.fine(() -> "nobody can try to read " + path + ": " + e.getMessage());
    }
  }

  private static boolean isExecutable(Path path) {
    return Files.isRegularFile(path) && Files.isExecutable(path);
  }

  /** Hands a signal on, unless the command got it from the terminal just as we did. */
  void forward(Signal signal) {
    if (!(signal.equals(Signal.INT) && Terminal.isOurs())) {
      ProcessSignals.send((int) process.pid(), signal.number());
    }
  }

  /** Waits for the command's end; its status as a shell reports it, 128 + n for signal n. */
  int await() throws InterruptedException {
    int status = process.waitFor();
    if (outputCopier != null) {
      outputCopier.join(LAST_OUTPUT_MILLIS);
    }
    return status;
  }

  /** Waits, but no longer than the limit; whether the command has ended. */
  boolean await(Duration limit) throws InterruptedException {
    return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
  }
}
