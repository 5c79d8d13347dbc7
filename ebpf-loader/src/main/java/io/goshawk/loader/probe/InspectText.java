// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.loader.go.BuildInfo;
import io.goshawk.loader.go.SymbolSource;
import io.goshawk.loader.probe.PlannedRow.Cause;
import io.goshawk.loader.probe.PlannedRow.Off;
import io.goshawk.loader.probe.PlannedRow.On;
import io.goshawk.loader.text.Printable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Lays an {@link InspectReport} out in lines. */
final class InspectText {

  private final InspectReport report;
  private final boolean withDetails;
  private final StringBuilder text = new StringBuilder();

  InspectText(InspectReport report, boolean withDetails) {
    this.report = report;
    this.withDetails = withDetails;
  }

  /** What the program is, its probes, what they cost, then where that is known from. */
  String write(boolean withModules) {
    String layout = report.positionIndependent() ? ", position-independent" : "";
    line("executable", report.path());
    line("go", report.goVersion() + ", " + report.architecture() + layout);
    line("main", module(report.buildInfo().main()));
    for (String note : report.notes()) {
      line("note", note);
    }
    text.append('\n');
    List<PlannedRow> shown =
        report.plan().rows().stream().filter(row -> withDetails || !isAbsent(row)).toList();
    shown.forEach(this::row);
    report.untraced().forEach(this::untraced);
    if (!withDetails) {
      text.append('\n');
    }
    List<Operation> operations = report.plan().operations();
    for (int i = 0; i < operations.size(); i++) {
      line(i == 0 ? "traps" : "", traps(operations.get(i)));
    }
    if (withDetails) {
      origins();
    } else {
      int hidden = report.plan().rows().size() - shown.size();
      line(
          "details",
          "--details shows sites and costs, and %d more row%s, of what is not in the executable"
              .formatted(hidden, hidden == 1 ? "" : "s"));
    }
    modules(withModules);
    return text.toString();
  }

  /** Off, and nothing is missed by that. */
  private static boolean isAbsent(PlannedRow row) {
    return row.state() instanceof Off off && off.cause() == Cause.ABSENT;
  }

  private void origins() {
    line(
        "symbols",
        report.symbolSource() == SymbolSource.SYMTAB
            ? "the symbol table"
            : "Go's function table; the symbol table is stripped");
    line("layouts", layouts());
  }

  private void modules(boolean shown) {
    List<BuildInfo.Module> modules = report.buildInfo().modules();
    if (!shown && !modules.isEmpty()) {
      line("modules", modules.size() + "; --modules shows them");
      return;
    }
    for (int i = 0; i < modules.size(); i++) {
      line(i == 0 ? "modules" : "", module(modules.get(i)));
    }
  }

  private void line(String name, String value) {
    text.append("%-12s %s".formatted(name, Printable.of(value)).stripTrailing()).append('\n');
  }

  private static String module(BuildInfo.Module module) {
    return module.path().isEmpty() ? "not recorded" : module.path() + " " + module.version();
  }

  private String layouts() {
    List<String> parts = new ArrayList<>();
    report
        .layoutSources()
        .forEach(
            (source, count) ->
                parts.add(
                    count
                        + switch (source) {
                          case "TYPES" -> " from the executable's type data";
                          case "DWARF" -> " from the executable's DWARF";
                          case "TABLE" -> " from the layout table";
                          case "VERSION" -> " from the Go release";
                          default -> " " + source;
                        }));
    return parts.isEmpty() ? "none needed" : String.join(", ", parts);
  }

  private String traps(Operation operation) {
    int always = report.plan().trapsPer(operation);
    int detachable = report.plan().detachableTrapsPer(operation);
    return always
        + " per "
        + operation.text()
        + (detachable == 0 ? "" : ", " + detachable + " more while middleware needs it");
  }

  private void row(PlannedRow planned) {
    text.append("%-28s".formatted(planned.row().name()));
    if (planned.state() instanceof On on) {
      text.append("on   ").append(Printable.of(planned.row().gives())).append('\n');
      if (withDetails) {
        on.sites().forEach(this::site);
      }
      on.without()
          .forEach(lost -> text.append("  without ").append(Printable.of(lost)).append('\n'));
    } else if (planned.state() instanceof Off off) {
      text.append("off  ").append(Printable.of(off.reason())).append('\n');
      if (off.cause() == Cause.UNSUPPORTED) {
        text.append("  so ").append(planned.row().without()).append('\n');
      }
    }
    endRow();
  }

  /** What may have many lines stands apart. */
  private void endRow() {
    if (withDetails) {
      text.append('\n');
    }
  }

  private void untraced(UntracedServer server) {
    text.append("%-28s".formatted(server.name()));
    text.append("off  it is in the executable, and not traced yet\n");
    text.append("  so there are no spans for ").append(server.lost()).append('\n');
    endRow();
  }

  private void site(Site site) {
    text.append(
        "  %-8s %s%n           at 0x%x: %s (%s)%n"
            .formatted(
                site.point().role().name().toLowerCase(Locale.ROOT),
                Printable.of(site.symbol()),
                site.address(),
                Printable.of(site.instruction()),
                site.cost().name().toLowerCase(Locale.ROOT).replace('_', '-')));
  }
}
