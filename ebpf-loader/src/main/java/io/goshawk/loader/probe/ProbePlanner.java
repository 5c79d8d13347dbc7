// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.go.Architecture;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoFunction;
import io.goshawk.loader.go.GoVersion;
import io.goshawk.loader.go.InlinedCopy;
import io.goshawk.loader.go.StructLayouts.FieldOffset;
import io.goshawk.loader.probe.LayoutMember.FieldMember;
import io.goshawk.loader.probe.LayoutMember.ValueMember;
import io.goshawk.loader.probe.PlannedRow.Cause;
import io.goshawk.loader.probe.PlannedRow.Off;
import io.goshawk.loader.probe.PlannedRow.On;
import io.goshawk.loader.probe.PlannedRow.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds the catalogue's probes in an executable. */
public final class ProbePlanner {

  private final GoExecutable executable;
  private final ProbeCatalogue catalogue;

  /** Where copies are of functions that have probes, by their names. */
  private final Map<String, List<String>> copies;

  /** What was chosen of functions that several points ask about, by their names. */
  private final Map<String, List<SiteChoice>> nilReturns = new HashMap<>();

  private ProbePlanner(GoExecutable executable, ProbeCatalogue catalogue) {
    this.executable = executable;
    this.catalogue = catalogue;
    this.copies =
        isProfileGuided() ? executable.callersWithCopies(probedFunctions(catalogue)) : Map.of();
  }

  /** Only then are functions as large as those with probes put into others. */
  private boolean isProfileGuided() {
    Map<String, String> settings = executable.buildInfo().settings();
    return settings.containsKey("-pgo")
        || settings.getOrDefault("-gcflags", "").contains("-pgoprofile");
  }

  private static Set<String> probedFunctions(ProbeCatalogue catalogue) {
    return catalogue.rows().stream()
        .flatMap(row -> row.points().stream())
        .flatMap(point -> point.aliases().stream())
        .map(SymbolAlias::symbol)
        .collect(Collectors.toSet());
  }

  /** Plans all that this release of Goshawk can probe. */
  public static ProbePlan plan(GoExecutable executable) {
    return plan(executable, ProbeCatalogue.standard());
  }

  /** Plans the probes of a catalogue. */
  public static ProbePlan plan(GoExecutable executable, ProbeCatalogue catalogue) {
    return new ProbePlanner(executable, catalogue).plan();
  }

  private ProbePlan plan() {
    Optional<Off> unsupported = unsupported();
    Map<CatalogueRow, State> states = new LinkedHashMap<>();
    for (CatalogueRow row : catalogue.rows()) {
      states.put(row, unsupported.isPresent() ? unsupported.get() : sites(row));
    }
    Map<String, PlannedMember> members = members(states);
    Set<String> on = new HashSet<>();
    List<PlannedRow> rows = new ArrayList<>();
    states.forEach(
        (row, state) -> {
          PlannedRow planned =
              new PlannedRow(
                  row, state instanceof On found ? finish(row, found, members, on) : state);
          rows.add(planned);
          if (planned.isOn()) {
            on.add(row.name());
          }
        });
    return new ProbePlan(
        catalogue,
        rows,
        List.copyOf(members.values()),
        typeNames(ProbePlan.libraries(catalogue, rows)));
  }

  private Optional<Off> unsupported() {
    GoVersion version = executable.version();
    String reason = "";
    if (executable.architecture() != Architecture.AMD64) {
      reason = "it is built for arm64; this release of Goshawk traces amd64 only";
    } else if (version.equals(GoVersion.UNKNOWN)) {
      reason =
          "its Go release is not known, as it holds no build info; garble removes that, and the names"
              + " that probes look for too";
    } else if (SupportedGo.isTooOld(version)) {
      reason = SupportedGo.needed(SupportedGo.FIRST_MINOR, version);
    }
    return reason.isEmpty() ? Optional.empty() : Optional.of(new Off(Cause.UNSUPPORTED, reason));
  }

  /** On with its sites, layouts not looked at yet, or off. */
  private State sites(CatalogueRow row) {
    if (row.relevantWith().isPresent() && executable.function(row.relevantWith().get()).isEmpty()) {
      return new Off(Cause.ABSENT, row.relevantWith().get() + " is not in the executable");
    }
    List<Site> sites = new ArrayList<>();
    List<String> unseen = unseen(row);
    for (ProbePoint point : row.points()) {
      Optional<Off> off = addSites(point, sites);
      if (off.isPresent()) {
        return off.get().cause() == Cause.ABSENT && !unseen.isEmpty()
            ? new Off(Cause.UNSUPPORTED, "it does not see " + unseen.get(0))
            : off.get();
      }
    }
    if (sites.isEmpty()) {
      return unseen.isEmpty()
          ? new Off(Cause.ABSENT, "none of its functions is in the executable")
          : new Off(Cause.UNSUPPORTED, "it does not see " + unseen.get(0));
    }
    return new On(sites, List.of(), unseen);
  }

  /** The calls that come by no function, since copies of it are in the callers. */
  private List<String> unseen(CatalogueRow row) {
    if (copies.isEmpty()) {
      return List.of();
    }
    Map<String, Set<String>> unseen = new TreeMap<>();
    for (ProbePoint point : row.points()) {
      List<String> known =
          point.inlinedInto().map(ProbePoint.InlinedInto::callers).orElse(List.of());
      for (SymbolAlias alias : point.aliases()) {
        if (!alias.releases().contains(executable)) {
          continue;
        }
        Set<String> callers = new TreeSet<>(copies.getOrDefault(alias.symbol(), List.of()));
        callers.removeAll(known);
        if (!callers.isEmpty()) {
          unseen.put(alias.symbol(), callers);
        }
      }
    }
    return unseen.entrySet().stream().map(e -> unseen(e.getKey(), e.getValue())).toList();
  }

  private static String unseen(String function, Set<String> callers) {
    String others = callers.size() == 1 ? "" : " and " + (callers.size() - 1) + " more";
    return "the calls of "
        + function
        + " that the compiler has put into "
        + callers.iterator().next()
        + others;
  }

  /** Adds the sites of a point, or says why it has none. */
  private Optional<Off> addSites(ProbePoint point, List<Site> sites) {
    if (point.except().filter(releases -> releases.contains(executable)).isPresent()) {
      return Optional.empty();
    }
    List<SymbolAlias> aliases =
        point.aliases().stream().filter(alias -> alias.releases().contains(executable)).toList();
    Optional<SymbolAlias> found =
        aliases.stream()
            .filter(alias -> executable.function(alias.symbol()).isPresent())
            .findFirst();
    int before = sites.size();
    for (SymbolAlias alias : found.map(List::of).orElse(aliases)) {
      Optional<Off> off = addCopies(point, alias, sites);
      if (off.isPresent()) {
        return off;
      }
    }
    if (found.isEmpty()) {
      return sites.size() > before || point.optional()
          ? Optional.empty()
          : Optional.of(new Off(Cause.ABSENT, missing(aliases)));
    }
    GoFunction function = executable.function(found.get().symbol()).orElseThrow();
    if (point.inside().isPresent()) {
      return addInside(point, found.get(), function, sites);
    }
    if (point.afterCall().isPresent()) {
      return addAfterCalls(point, found.get(), function, sites);
    }
    return add(choose(point, function), point, found.get().symbol(), found.get().variant(), sites);
  }

  /** Adds the sites inside of a function, or says why it has none. */
  private Optional<Off> addInside(
      ProbePoint point, SymbolAlias alias, GoFunction function, List<Site> sites) {
    Architecture architecture = executable.architecture();
    byte[] code = executable.code(function);
    Map<SiteChoice, Integer> variants = new LinkedHashMap<>();
    if (point.inside().orElseThrow() instanceof ProbePoint.Inside.BehindCalls behind) {
      OptionalLong callee = addressOf(behind.callee());
      int registers = CallRegisters.results(architecture, 0, behind.results());
      boolean called =
          callee.isPresent() && (behind.needed() || calls(function, callee.getAsLong()));
      if (behind.callee().isEmpty() || called) {
        SiteChooser.chooseBehindCalls(architecture, function, code, callee, registers)
            .forEach(
                (choice, inLoop) ->
                    variants.put(choice, inLoop ? behind.variantInLoop() : behind.variant()));
      }
    } else if (point.inside().get() instanceof ProbePoint.Inside.Calls calls) {
      OptionalLong callee = addressOf(Optional.of(calls.callee()));
      OptionalLong after = addressOf(calls.after());
      if (callee.isPresent() && after.isPresent() == calls.after().isPresent()) {
        SiteChooser.callsOf(architecture, function, code, callee.getAsLong(), after)
            .forEach(choice -> variants.put(choice, alias.variant()));
      }
    } else if (point.inside().get() instanceof ProbePoint.Inside.Returns returns) {
      if (returns.unless().filter(call -> isMade(call, function)).isEmpty()
          && returns.apart().filter(apart -> isTold(apart, function)).isEmpty()) {
        SiteChooser.chooseReturns(architecture, function, code)
            .forEach(choice -> variants.put(choice, alias.variant()));
      }
    } else if (point.inside().get() instanceof ProbePoint.Inside.NilReturns returns) {
      if (isTold(returns.apart(), function)) {
        nilReturns(function).forEach(choice -> variants.put(choice, alias.variant()));
      }
    } else if (point.inside().get() instanceof ProbePoint.Inside.WayOut way) {
      OptionalLong callee = addressOf(Optional.of(way.callee()));
      if (callee.isPresent()) {
        SiteChooser.chooseOnTheWayOut(architecture, function, code, callee.getAsLong())
            .forEach(choice -> variants.put(choice, alias.variant()));
      }
    } else if (point.inside().get() instanceof ProbePoint.Inside.Exits exits) {
      return addExits(point, exits.deferred(), function, sites);
    }
    for (Map.Entry<SiteChoice, Integer> each : variants.entrySet()) {
      Optional<Off> off = add(each.getKey(), point, alias.symbol(), each.getValue(), sites);
      if (off.isPresent()) {
        return off;
      }
    }
    return Optional.empty();
  }

  /** Adds the sites at which a function is left; at a return the variant is 0. */
  private Optional<Off> addExits(
      ProbePoint point, String deferred, GoFunction function, List<Site> sites) {
    Architecture architecture = executable.architecture();
    Optional<GoFunction> last = executable.function(deferred);
    SiteChooser.Exits exits =
        SiteChooser.chooseExits(
            architecture, function, executable.code(function), last.isPresent());
    if (exits.distance() != 0) {
      Optional<Off> off =
          add(choose(point, last.orElseThrow()), point, deferred, exits.distance(), sites);
      if (off.isPresent()) {
        return off;
      }
    }
    for (SiteChoice choice : exits.returns()) {
      Optional<Off> off = add(choice, point, function.name(), 0, sites);
      if (off.isPresent()) {
        return off;
      }
    }
    return Optional.empty();
  }

  private boolean isMade(ProbePoint.Inside.Call call, GoFunction left) {
    OptionalLong callee = addressOf(Optional.of(call.callee()));
    Optional<GoFunction> caller = call.caller().map(executable::function).orElse(Optional.of(left));
    return callee.isPresent() && caller.isPresent() && calls(caller.get(), callee.getAsLong());
  }

  private boolean calls(GoFunction caller, long callee) {
    return !SiteChooser.callsOf(
            executable.architecture(),
            caller,
            executable.code(caller),
            callee,
            OptionalLong.empty())
        .isEmpty();
  }

  /** Whether their returns can be told apart, and no other function has a copy of one. */
  private boolean isTold(ProbePoint.Inside.Apart apart, GoFunction function) {
    return apart.releases().contains(executable)
        && isMade(apart.instead(), function)
        && Stream.concat(apart.functions().stream(), apart.instead().caller().stream())
            .noneMatch(copies::containsKey)
        && apart.functions().stream()
            .map(executable::function)
            .allMatch(each -> each.filter(f -> !nilReturns(f).isEmpty()).isPresent());
  }

  private List<SiteChoice> nilReturns(GoFunction function) {
    return nilReturns.computeIfAbsent(
        function.name(),
        name ->
            SiteChooser.chooseNilReturns(
                executable.architecture(), function, executable.code(function)));
  }

  private OptionalLong addressOf(Optional<String> symbol) {
    return symbol
        .flatMap(executable::function)
        .map(function -> OptionalLong.of(function.address()))
        .orElse(OptionalLong.empty());
  }

  /** Adds the sites in copies of a function. */
  private Optional<Off> addCopies(ProbePoint point, SymbolAlias alias, List<Site> sites) {
    if (point.inlinedInto().isEmpty()) {
      return Optional.empty();
    }
    ProbePoint.InlinedInto into = point.inlinedInto().get();
    for (String name : into.callers()) {
      Optional<GoFunction> caller = executable.function(name);
      if (caller.isEmpty()) {
        continue;
      }
      for (InlinedCopy copy : executable.inlinedCopies(caller.get(), alias.symbol())) {
        String symbol = alias.symbol() + " in " + name;
        for (SiteChoice choice : choose(into.place(), caller.get(), copy)) {
          Optional<Off> off = add(choice, point, symbol, into.variant(), sites);
          if (off.isPresent()) {
            return off;
          }
        }
      }
    }
    return Optional.empty();
  }

  private List<SiteChoice> choose(
      ProbePoint.InlinedInto.Place place, GoFunction caller, InlinedCopy copy) {
    Architecture architecture = executable.architecture();
    byte[] code = executable.code(caller);
    return switch (place) {
      case BEGIN -> List.of(SiteChooser.chooseAt(architecture, caller, code, copy.begin()));
      case CALLS ->
          SiteChooser.chooseCalls(architecture, caller, code, copy::holds, this::isOfTheRuntime);
    };
  }

  /** What the compiler calls on its own account: race detection, write barriers. */
  private boolean isOfTheRuntime(long address) {
    return executable.functionAt(address).map(name -> name.startsWith("runtime.")).orElse(false);
  }

  private Optional<Off> add(
      SiteChoice choice, ProbePoint point, String symbol, int variant, List<Site> sites) {
    if (choice instanceof SiteChoice.None none) {
      return Optional.of(new Off(Cause.UNSUPPORTED, none.reason()));
    }
    sites.add(site(point, symbol, variant, (SiteChoice.Chosen) choice));
    return Optional.empty();
  }

  private SiteChoice choose(ProbePoint point, GoFunction function) {
    Architecture architecture = executable.architecture();
    int registers = CallRegisters.of(architecture, point.arguments());
    return SiteChooser.choose(architecture, function, executable.code(function), registers);
  }

  /** Adds the sites behind calls of which a function makes one, or says why the first has none. */
  private Optional<Off> addAfterCalls(
      ProbePoint point, SymbolAlias alias, GoFunction function, List<Site> sites) {
    ProbePoint.AfterCall after = point.afterCall().orElseThrow();
    int before = sites.size();
    Architecture architecture = executable.architecture();
    for (String callee : after.callees()) {
      Optional<GoFunction> called = executable.function(callee);
      if (called.isEmpty()) {
        continue;
      }
      SiteChoice choice =
          SiteChooser.chooseAfterCall(
              architecture,
              function,
              executable.code(function),
              called.get().address(),
              CallRegisters.results(architecture, after.firstResult(), after.results()));
      Optional<Off> off = add(choice, point, alias.symbol(), alias.variant(), sites);
      if (off.isPresent() && sites.size() == before) {
        return off;
      }
    }
    return sites.size() > before
        ? Optional.empty()
        : Optional.of(
            new Off(Cause.ABSENT, "none of " + after.callees() + " is in the executable"));
  }

  private Site site(ProbePoint point, String symbol, int variant, SiteChoice.Chosen chosen) {
    long address = chosen.instruction().address();
    return new Site(
        point,
        symbol,
        address,
        executable.fileOffset(address),
        chosen.text(),
        CostClass.of(chosen.instruction().execution()),
        variant);
  }

  private String missing(List<SymbolAlias> aliases) {
    if (aliases.isEmpty()) {
      return "there is no such function in " + executable.version().text();
    }
    return String.join(", ", aliases.stream().map(SymbolAlias::symbol).toList())
        + (aliases.size() == 1 ? " is" : " are")
        + " not in the executable";
  }

  /** Looks all members up that rows with sites ask for: together, since DWARF is read once. */
  private Map<String, PlannedMember> members(Map<CatalogueRow, State> states) {
    Set<String> needed = new HashSet<>();
    Set<String> used = new HashSet<>();
    states.forEach(
        (row, state) -> {
          if (state instanceof On) {
            needed.addAll(row.needs());
            used.addAll(row.uses());
          }
        });
    List<LayoutMember> members =
        catalogue.members().values().stream()
            .filter(m -> needed.contains(m.name()) || used.contains(m.name()) && hasMeaning(m))
            .filter(member -> isLinked(member.module()))
            .toList();
    List<List<StructField>> places =
        members.stream()
            .flatMap(
                m ->
                    m instanceof FieldMember field
                        ? Stream.of(places(field).toList())
                        : Stream.of())
            .toList();
    Map<StructField, FieldOffset> offsets =
        places.isEmpty() ? Map.of() : executable.structs().offsetsOfAny(places);
    Map<String, PlannedMember> planned = new LinkedHashMap<>();
    for (LayoutMember member : members) {
      planned.put(member.name(), lookUp(member, offsets));
    }
    return planned;
  }

  /** Whether there is such a thing in this release: else nobody misses it. */
  private boolean hasMeaning(LayoutMember member) {
    return !(member instanceof FieldMember field) || places(field).findAny().isPresent();
  }

  private boolean isLinked(Optional<String> module) {
    return module.isEmpty() || executable.buildInfo().module(module.get()).isPresent();
  }

  /** Where a field may be in this executable. */
  private Stream<StructField> places(FieldMember member) {
    return member.places().stream()
        .filter(place -> place.releases().contains(executable))
        .map(LayoutMember.Place::field);
  }

  private PlannedMember lookUp(LayoutMember member, Map<StructField, FieldOffset> offsets) {
    if (member instanceof ValueMember fact) {
      OptionalLong value = fact.value().apply(executable);
      return new PlannedMember(
          member, value, value.isPresent() ? Optional.of(fact.source()) : Optional.empty());
    }
    return places((FieldMember) member)
        .map(offsets::get)
        .filter(offset -> offset != null && offset.bytes() < ProbePlan.OFFSET_UNKNOWN)
        .findFirst()
        .map(
            offset ->
                new PlannedMember(
                    member, OptionalLong.of(offset.bytes()), Optional.of(offset.source().name())))
        .orElseGet(() -> new PlannedMember(member, OptionalLong.empty(), Optional.empty()));
  }

  private State finish(
      CatalogueRow row, On found, Map<String, PlannedMember> members, Set<String> rowsOn) {
    for (String required : row.requires()) {
      if (!rowsOn.contains(required)) {
        return new Off(Cause.ABSENT, "it needs the row " + required + ", which is off");
      }
    }
    if (!executable.version().atLeast(1, row.firstMinor())) {
      return new Off(Cause.UNSUPPORTED, SupportedGo.needed(row.firstMinor(), executable.version()));
    }
    List<LayoutMember> unknown = unknown(row.needs(), members);
    if (!unknown.isEmpty()) {
      return new Off(Cause.UNSUPPORTED, unknown(unknown));
    }
    List<LayoutMember> unused =
        members.values().stream()
            .filter(member -> row.uses().contains(member.member().name()))
            .filter(member -> member.value().isEmpty() && !isOfNone(member.member(), members))
            .map(PlannedMember::member)
            .toList();
    return new On(found.sites(), unused, found.unseen());
  }

  /** Whether it is a field of what the executable has none of. */
  private static boolean isOfNone(LayoutMember member, Map<String, PlannedMember> members) {
    return member instanceof FieldMember field
        && field.itab().map(members::get).filter(itab -> itab.value().orElse(1) == 0).isPresent();
  }

  /**
   * Of a release that nobody has tried, what is missing may not even exist: then it is the reason.
   * What the program's own structs are without is of another release of its library, and nothing
   * that a build can add.
   */
  private String unknown(List<LayoutMember> members) {
    GoVersion version = executable.version();
    String where = subjects(members) + " in a program of " + version.text();
    if (SupportedGo.isTooNew(version)) {
      return "this release of Goshawk knows " + SupportedGo.range() + ", and not where " + where;
    }
    List<LayoutMember> lacking = members.stream().filter(this::isLacking).toList();
    return lacking.isEmpty()
        ? "neither its type data, DWARF nor the layout table tells where "
            + where
            + "; build it without -ldflags=-w"
        : subjects(lacking) + " not in the executable";
  }

  private boolean isLacking(LayoutMember member) {
    return member instanceof FieldMember field
        && places(field).allMatch(executable.structs()::lacks);
  }

  private static String subjects(List<LayoutMember> members) {
    return String.join(", ", members.stream().map(LayoutMember::subject).toList())
        + (members.size() == 1 ? " is" : " are");
  }

  /** What those members are that are not known. */
  private static List<LayoutMember> unknown(Set<String> names, Map<String, PlannedMember> members) {
    return members.values().stream()
        .filter(member -> names.contains(member.member().name()) && member.value().isEmpty())
        .map(PlannedMember::member)
        .toList();
  }

  private Map<Long, String> typeNames(List<ProbedLibrary> libraries) {
    Set<String> interfaces = new HashSet<>();
    libraries.forEach(library -> interfaces.addAll(library.interfaces()));
    return interfaces.isEmpty() ? Map.of() : executable.types(interfaces);
  }
}
