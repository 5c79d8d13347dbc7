// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.collector.log.Screen;
import io.goshawk.loader.elf.Budget;
import io.goshawk.loader.go.GoExecutables;
import io.goshawk.loader.go.OpenResult;
import io.goshawk.loader.probe.AttributionLevel;
import io.goshawk.loader.probe.InspectReport;
import io.goshawk.loader.target.ProcessLookup;
import io.goshawk.loader.target.ProcessTable;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code goshawk inspect}. */
@Command(
    name = "inspect",
    description = {
      "Show which probes a Go program would get, and how many traps they cost it, or why not."
          + " Attaches nothing.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  goshawk inspect ./checkout",
      "  goshawk inspect 4711 --format json | jq '.rows[] | select(.on | not)'"
    })
final class InspectCommand implements Callable<Integer> {

  @Parameters(
      index = "0",
      paramLabel = "PID|PATH",
      description = "A running process, or an executable; for a file named like a number, ./42.")
  String target = "";

  @Option(
      names = "--format",
      paramLabel = "text|json",
      description = "For people or for programs; text by default.")
  ReportFormat format = ReportFormat.TEXT;

  @Option(
      names = "--details",
      description =
          "Show where each probe is, on which instruction and at what cost, the rows of what is not"
              + " in the program too, and where all that is known from. JSON has it anyway.")
  boolean details;

  @Option(names = "--modules", description = "Name the modules it is built of too.")
  boolean modules;

  @Option(
      names = "--attribution",
      paramLabel = "none|calls",
      converter = AttributionOption.Level.class,
      description = "What it would get with this --attribution of run's; calls by default.")
  AttributionLevel attribution = AttributionLevel.CALLS;

  @Spec CommandSpec spec;

  private final Screen screen;

  InspectCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() {
    Path path = target.matches("[0-9]+") ? ofProcess(target) : Path.of(target);
    InspectReport report = GoExecutables.examine(path, Budget.usual(), this::report);
    PrintWriter out = spec.commandLine().getOut();
    out.println(
        (format == ReportFormat.JSON ? report.json() : screen.lines(report.text(details, modules)))
            .stripTrailing());
    out.flush();
    return ExitStatus.FINE;
  }

  private InspectReport report(OpenResult result) {
    if (result instanceof OpenResult.Opened opened) {
      return InspectReport.of(target, opened.executable(), attribution);
    }
    throw new CommandFailure(ExitStatus.FAILED, target + ": " + reason(result));
  }

  private static String reason(OpenResult result) {
    if (result instanceof OpenResult.NotGo notGo) {
      return "no Go program that can be traced: " + notGo.reason();
    }
    if (result instanceof OpenResult.Malformed malformed) {
      return "damaged at offset " + malformed.offset() + ": " + malformed.reason();
    }
    return result instanceof OpenResult.TooCostly costly
        ? "too costly to be read: " + costly.reason()
        : ((OpenResult.Unreadable) result).reason();
  }

  private static Path ofProcess(String number) {
    ProcessTable table = new ProcessTable();
    int pid;
    try {
      pid = Integer.parseInt(number);
    } catch (NumberFormatException e) {
      // Larger than any id can be.
      throw new CommandFailure(ExitStatus.WRONG_USE, "no process has the id " + number);
    }
    if (table.find(pid) instanceof ProcessLookup.Missing missing) {
      String mend = Files.exists(Path.of(number)) ? "; for the file, ./" + number : "";
      throw new CommandFailure(
          missing instanceof ProcessLookup.Denied ? ExitStatus.MACHINE_LACKS : ExitStatus.WRONG_USE,
          missing.message() + mend);
    }
    return table.executable(pid);
  }
}
