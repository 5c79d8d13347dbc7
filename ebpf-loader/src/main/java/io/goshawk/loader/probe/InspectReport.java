// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.loader.go.BuildInfo;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.SymbolSource;
import io.goshawk.loader.probe.PlannedRow.Off;
import io.goshawk.loader.probe.PlannedRow.On;
import io.goshawk.loader.text.JsonText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What there is to know about an executable before it is traced.
 *
 * @param path of the file, as the user named it
 * @param goVersion for example {@code go1.26.8}
 * @param architecture as Go names it
 * @param positionIndependent whether the kernel may load it anywhere
 * @param symbolSource where function names are read
 * @param buildInfo what was linked
 * @param notes what is odd about the file
 * @param plan what would be attached
 * @param untraced what serves requests in it that no row sees
 */
public record InspectReport(
    String path,
    String goVersion,
    String architecture,
    boolean positionIndependent,
    SymbolSource symbolSource,
    BuildInfo buildInfo,
    List<String> notes,
    ProbePlan plan,
    List<UntracedServer> untraced) {

  public InspectReport {
    notes = List.copyOf(notes);
    untraced = List.copyOf(untraced);
  }

  /** Plans the probes of an executable, up to a level of attribution, and reports on both. */
  public static InspectReport of(
      String path, GoExecutable executable, AttributionLevel attribution) {
    ProbePlan plan = ProbePlanner.plan(executable).at(attribution, Set.of());
    List<String> notes = new ArrayList<>(executable.notes());
    if (plan.tracesAnything()) {
      SupportedGo.warning(executable.version()).ifPresent(notes::add);
    }
    return new InspectReport(
        path,
        executable.version().text(),
        executable.architecture().name().toLowerCase(Locale.ROOT),
        executable.positionIndependent(),
        executable.symbolSource(),
        executable.buildInfo(),
        notes,
        plan,
        UntracedServer.in(executable));
  }

  /**
   * For people: lines of text.
   *
   * @param withDetails whether all rows are shown, with all their sites
   * @param withModules whether all modules are named, of which there may be hundreds
   */
  public String text(boolean withDetails, boolean withModules) {
    return new InspectText(this, withDetails).write(withModules);
  }

  /** For programs: one JSON object. Addresses are strings in hexadecimal. */
  public String json() {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("path", path);
    report.put("go_version", goVersion);
    report.put("architecture", architecture);
    report.put("position_independent", positionIndependent);
    report.put("symbol_source", symbolSource.name().toLowerCase(Locale.ROOT));
    report.put("main", jsonModule(buildInfo.main()));
    List<Object> modules = new ArrayList<>();
    for (BuildInfo.Module module : buildInfo.modules()) {
      modules.add(jsonModule(module));
    }
    report.put("modules", modules);
    report.put("notes", notes);
    report.put("traps", jsonTraps());
    report.put("rows", plan.rows().stream().map(InspectReport::jsonRow).toList());
    report.put("untraced", untraced.stream().map(InspectReport::jsonUntraced).toList());
    report.put("layout", plan.members().stream().map(InspectReport::jsonMember).toList());
    return JsonText.lines(report);
  }

  /** How many layout members each source knows, by its name; {@code unknown} for the rest. */
  Map<String, Integer> layoutSources() {
    Map<String, Integer> sources = new TreeMap<>();
    for (PlannedMember member : plan.members()) {
      sources.merge(member.source().orElse("unknown"), 1, Integer::sum);
    }
    return sources;
  }

  private static Map<String, Object> jsonModule(BuildInfo.Module module) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("path", module.path());
    object.put("version", module.version());
    return object;
  }

  private Map<String, Object> jsonTraps() {
    Map<String, Object> traps = new LinkedHashMap<>();
    for (Operation operation : plan.operations()) {
      Map<String, Object> counts = new LinkedHashMap<>();
      counts.put("always", plan.trapsPer(operation));
      counts.put("while_needed", plan.detachableTrapsPer(operation));
      traps.put(operation.id(), counts);
    }
    return traps;
  }

  private static Map<String, Object> jsonRow(PlannedRow planned) {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("name", planned.row().name());
    row.put("gives", planned.row().gives());
    row.put("on", planned.isOn());
    if (planned.state() instanceof On on) {
      row.put("sites", on.sites().stream().map(InspectReport::jsonSite).toList());
      row.put("without", on.without());
    } else if (planned.state() instanceof Off off) {
      row.put("cause", off.cause().name().toLowerCase(Locale.ROOT));
      row.put("reason", off.reason());
      row.put("lost", planned.row().without());
    }
    return row;
  }

  private static Map<String, Object> jsonUntraced(UntracedServer server) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("name", server.name());
    object.put("lost", server.lost());
    return object;
  }

  private static Map<String, Object> jsonSite(Site site) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("program", site.program());
    object.put("role", site.point().role().name().toLowerCase(Locale.ROOT));
    object.put("symbol", site.symbol());
    object.put("address", "0x" + Long.toHexString(site.address()));
    object.put("file_offset", "0x" + Long.toHexString(site.fileOffset()));
    object.put("instruction", site.instruction());
    object.put("cost", site.cost().name().toLowerCase(Locale.ROOT));
    return object;
  }

  private static Map<String, Object> jsonMember(PlannedMember planned) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put("member", planned.member().name());
    planned.value().ifPresent((long value) -> object.put("value", value));
    object.put("source", planned.source().orElse("unknown").toLowerCase(Locale.ROOT));
    return object;
  }
}
