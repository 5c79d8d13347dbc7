// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.abi.ProgramObject;
import io.goshawk.collector.log.Screen;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.bpf.BpfObject;
import io.goshawk.loader.bpf.ObjectOptions;
import io.goshawk.loader.bpf.Refusal;
import io.goshawk.loader.kernel.KernelFeature;
import io.goshawk.loader.kernel.KernelFeatures;
import io.goshawk.loader.kernel.PidNamespace;
import io.goshawk.loader.probe.ProbeCatalogue;
import io.goshawk.loader.text.JsonText;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code goshawk doctor}. */
@Command(
    name = "doctor",
    description = {
      "Show what tracing needs, whether this machine has it, and what mends it.",
      "Ends with status 0 only if a Go service can be traced here and now, else with 3.",
      ""
    },
    footerHeading = "%nExample:%n",
    footer = {"  sudo goshawk doctor"})
final class DoctorCommand implements Callable<Integer> {

  @Option(
      names = "--format",
      paramLabel = "text|json",
      description = "For people or for programs; text by default.")
  ReportFormat format = ReportFormat.TEXT;

  @Spec CommandSpec spec;

  private final Screen screen;

  DoctorCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() {
    List<KernelFeature> rows = new ArrayList<>(KernelFeatures.probe().all());
    if (works(rows)) {
      rows.add(programs());
    }
    PrintWriter out = spec.commandLine().getOut();
    out.println(format == ReportFormat.JSON ? json(rows) : screen.lines(text(rows)));
    out.flush();
    return works(rows) ? ExitStatus.FINE : ExitStatus.MACHINE_LACKS;
  }

  /** Whether nothing is missing without which there is no tracing. */
  static boolean works(List<KernelFeature> rows) {
    return rows.stream().allMatch(row -> row.found() || !row.required());
  }

  /** Loads the programs, which proves more than any single question, and unloads them. */
  private static KernelFeature programs() {
    String name = "eBPF programs";
    ObjectOptions options =
        ObjectOptions.DEFAULT.withConstant(PidNamespace.SECTION, PidNamespace.own().forPrograms());
    try (BpfObject object = BpfObject.open(ProgramObject::open, options).load()) {
      List<Refusal> refusals = object.refusals();
      int loaded = object.programs().size();
      return refusals.isEmpty()
          ? new KernelFeature(name, true, true, loaded + " loaded", "")
          : new KernelFeature(
              name,
              false,
              ProbeCatalogue.standard().rowsWith(object.programs().keySet()).isEmpty(),
              "refused: " + refusals.stream().map(Refusal::program).toList(),
              "what needs them stays off; report the log of: goshawk run --log-level debug");
    } catch (BpfException e) {
      return new KernelFeature(name, false, true, String.valueOf(e.getMessage()), e.mend());
    }
  }

  /** A line for each row, and one for the mend of what is missing. */
  static String text(List<KernelFeature> rows) {
    StringBuilder text = new StringBuilder();
    for (KernelFeature row : rows) {
      String state = row.found() ? "found" : row.required() ? "MISSING" : "absent";
      text.append(String.format("%-9s%-26s", state, row.name())).append(row.detail()).append('\n');
      if (!row.found() && !row.mend().isEmpty()) {
        text.append(" ".repeat(9)).append("-> ").append(row.mend()).append('\n');
      }
    }
    long missing = rows.stream().filter(row -> !row.found() && row.required()).count();
    return text.append('\n')
        .append(
            missing == 0
                ? "Go services can be traced on this machine."
                : "Nothing can be traced here before the " + missing + " MISSING above is mended.")
        .toString();
  }

  /** One object, the rows in an array. */
  static String json(List<KernelFeature> rows) {
    return JsonText.line(
        Map.of("works", works(rows), "rows", rows.stream().map(DoctorCommand::json).toList()));
  }

  private static Map<String, Object> json(KernelFeature row) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("name", row.name());
    object.put("found", row.found());
    object.put("required", row.required());
    object.put("detail", row.detail());
    object.put("mend", row.mend());
    return object;
  }
}
