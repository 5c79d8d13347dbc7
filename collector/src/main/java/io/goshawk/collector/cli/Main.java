// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.collector.log.Logging;
import io.goshawk.collector.log.Screen;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Where {@code bin/goshawk} enters: reads the command line and runs one command. */
public final class Main {

  private static final Logger LOG = Logger.getLogger(Main.class.getName());

  private Main() {}

  /** Runs one command and ends the process with its status. */
  public static void main(String[] arguments) {
    FatalErrors.watch();
    Map<String, String> environment = System.getenv();
    Screen screen = Screen.of(environment);
    int status =
        commandLine(environment)
            .setOut(screen.reports(new FileOutputStream(FileDescriptor.out)))
            .setErr(screen.messages(new FileOutputStream(FileDescriptor.err)))
            .execute(arguments);
    // Not exit: an exporter's or a watcher's thread must not hold up the end, and nothing that
    // needs a shutdown hook is left when a command returns.
    Runtime.getRuntime().halt(status);
  }

  /** The whole command line, reading what variables it needs from the given environment. */
  static CommandLine commandLine(Map<String, String> environment) {
    CommandLine commandLine = new CommandLine(new GoshawkCommand());
    commandLine.addSubcommand(new RunCommand(environment));
    commandLine.addSubcommand(new CaptureCommand(environment));
    commandLine.addSubcommand(new InspectCommand(Screen.of(environment)));
    commandLine.addSubcommand(new DoctorCommand(Screen.of(environment)));
    commandLine.addSubcommand(new ValidateCommand(environment));
    commandLine.addSubcommand(new PrintConfigCommand(environment));
    commandLine.addSubcommand(new ComponentsCommand());
    commandLine.addSubcommand(new VersionCommand());
    commandLine.addSubcommand(new CompletionCommand());
    commandLine.addSubcommand(new TrainCommand(environment));
    // What follows the command to capture is the command's own.
    commandLine.getSubcommands().get("capture").setStopAtPositional(true);
    return commandLine
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        .setParameterExceptionHandler(Main::wrongUse)
        .setExecutionExceptionHandler(Main::failed)
        .setExecutionStrategy(parsed -> execute(parsed, environment));
  }

  private static int execute(ParseResult parsed, Map<String, String> environment) {
    LogOptions options = ((GoshawkCommand) parsed.commandSpec().root().userObject()).log;
    Logging.configure(options.format, level(options, environment, parsed), Screen.of(environment));
    return new CommandLine.RunLast().execute(parsed);
  }

  private static Level level(
      LogOptions options, Map<String, String> environment, ParseResult parsed) {
    String name = options.level;
    String source = "--log-level";
    if (name == null) {
      name = environment.getOrDefault("OTEL_LOG_LEVEL", "");
      source = "OTEL_LOG_LEVEL";
    }
    try {
      return Logging.level(name);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          parsed.commandSpec().commandLine(), source + ": " + e.getMessage(), e);
    }
  }

  private static int wrongUse(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println("goshawk: " + WrongUse.message(e));
    err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
    return ExitStatus.WRONG_USE;
  }

  private static int failed(Exception e, CommandLine command, ParseResult parsed) {
    if (e instanceof CommandFailure failure) {
      command.getErr().println("goshawk: " + failure.getMessage());
      return failure.status();
    }
    LOG.log(Level.SEVERE, "failed, and should not have", e);
    return ExitStatus.FAILED;
  }
}
