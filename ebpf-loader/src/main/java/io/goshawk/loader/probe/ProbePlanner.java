// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.abi.LayoutField;
import io.goshawk.abi.MapLayout;
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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;

/** Finds the catalogue's probes in an executable. */
public final class ProbePlanner {

  /** {@code OFFSET_UNKNOWN} of goshawk_abi.h; a macro, so that BTF does not know it. */
  static final int OFFSET_UNKNOWN = 0xffff;

  private static final long ADDRESS_UNKNOWN = 0;

  /** The first release that passes arguments in registers, where probes look for them. */
  private static final int FIRST_MINOR = 17;

  private final GoExecutable executable;
  private final ProbeCatalogue catalogue;

  private ProbePlanner(GoExecutable executable, ProbeCatalogue catalogue) {
    this.executable = executable;
    this.catalogue = catalogue;
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
    List<ProbedLibrary> libraries = libraries(rows);
    return new ProbePlan(
        rows,
        List.copyOf(members.values()),
        layouts(asked(members, rows), libraries),
        typeNames(libraries));
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
    } else if (!version.atLeast(1, FIRST_MINOR)) {
      reason = SupportedGo.needed(version);
    }
    return reason.isEmpty() ? Optional.empty() : Optional.of(new Off(Cause.UNSUPPORTED, reason));
  }

  /** On with its sites, layouts not looked at yet, or off. */
  private State sites(CatalogueRow row) {
    if (row.relevantWith().isPresent() && executable.function(row.relevantWith().get()).isEmpty()) {
      return new Off(Cause.ABSENT, row.relevantWith().get() + " is not in the executable");
    }
    List<Site> sites = new ArrayList<>();
    for (ProbePoint point : row.points()) {
      Optional<Off> off = addSites(point, sites);
      if (off.isPresent()) {
        return off.get();
      }
    }
    if (sites.isEmpty()) {
      return new Off(Cause.ABSENT, "none of its functions is in the executable");
    }
    return new On(sites, List.of());
  }

  /** Adds the sites of a point, or says why it has none. */
  private Optional<Off> addSites(ProbePoint point, List<Site> sites) {
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
    Optional<Site> afterCall = afterCall(point, found.get(), function);
    if (afterCall.isPresent()) {
      sites.add(afterCall.get());
      return Optional.empty();
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
      if (behind.callee().isEmpty() || callee.isPresent()) {
        SiteChooser.chooseBehindCalls(architecture, function, code, callee, registers)
            .forEach(
                (choice, inLoop) ->
                    variants.put(choice, inLoop ? behind.variantInLoop() : behind.variant()));
      }
    } else if (point.inside().get() instanceof ProbePoint.Inside.Calls calls) {
      addressOf(Optional.of(calls.callee()))
          .ifPresent(
              callee ->
                  SiteChooser.callsOf(architecture, function, code, callee)
                      .forEach(choice -> variants.put(choice, alias.variant())));
    } else if (point.inside().get() instanceof ProbePoint.Inside.Returns returns) {
      OptionalLong other = addressOf(returns.unlessItCalls());
      if (other.isEmpty()
          || SiteChooser.callsOf(architecture, function, code, other.getAsLong()).isEmpty()) {
        SiteChooser.chooseReturns(architecture, function, code)
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

  /** The better place inside the function, if the point names one and the code has it. */
  private Optional<Site> afterCall(ProbePoint point, SymbolAlias alias, GoFunction function) {
    if (point.afterCall().isEmpty()) {
      return Optional.empty();
    }
    ProbePoint.AfterCall after = point.afterCall().get();
    Optional<GoFunction> callee = executable.function(after.callee());
    if (callee.isEmpty()) {
      return Optional.empty();
    }
    Architecture architecture = executable.architecture();
    SiteChoice choice =
        SiteChooser.chooseAfterCall(
            architecture,
            function,
            executable.code(function),
            callee.get().address(),
            CallRegisters.results(architecture, after.firstResult(), after.results()));
    return choice instanceof SiteChoice.Chosen chosen
        ? Optional.of(site(point, alias.symbol(), after.variant(), chosen))
        : Optional.empty();
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
    Set<String> wanted = new HashSet<>();
    states.forEach(
        (row, state) -> {
          if (state instanceof On) {
            wanted.addAll(row.needs());
            wanted.addAll(row.uses());
          }
        });
    List<LayoutMember> members =
        catalogue.members().values().stream()
            .filter(member -> wanted.contains(member.name()) && isLinked(member.module()))
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
        .filter(offset -> offset != null && offset.bytes() < OFFSET_UNKNOWN)
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
        return new Off(Cause.UNSUPPORTED, "it needs the row " + required + ", which is off");
      }
    }
    List<String> unknown = unknown(row.needs(), members);
    if (!unknown.isEmpty()) {
      return new Off(Cause.UNSUPPORTED, unknown(unknown));
    }
    List<LayoutMember> unused =
        members.values().stream()
            .filter(member -> row.uses().contains(member.member().name()))
            .filter(member -> member.value().isEmpty())
            .map(PlannedMember::member)
            .toList();
    return new On(found.sites(), unused);
  }

  /**
   * Of a release that nobody has tried, what is missing may not even exist: then it is the reason.
   */
  private String unknown(List<String> subjects) {
    GoVersion version = executable.version();
    if (SupportedGo.isTooOld(version)) {
      return SupportedGo.needed(version);
    }
    String where =
        String.join(", ", subjects)
            + (subjects.size() == 1 ? " is" : " are")
            + " in a program of "
            + version.text();
    return SupportedGo.isTooNew(version)
        ? "this release of Goshawk knows " + SupportedGo.range() + ", and not where " + where
        : "neither its type data, DWARF nor the layout table tells where "
            + where
            + "; build it without -ldflags=-w";
  }

  /** What those members are that are not known. */
  private static List<String> unknown(Set<String> names, Map<String, PlannedMember> members) {
    return members.values().stream()
        .filter(member -> names.contains(member.member().name()) && member.value().isEmpty())
        .map(member -> member.member().subject())
        .toList();
  }

  /** The libraries that have a row on, and the runtime. */
  private List<ProbedLibrary> libraries(List<PlannedRow> rows) {
    Set<CatalogueRow> on = new HashSet<>();
    rows.stream().filter(PlannedRow::isOn).forEach(row -> on.add(row.row()));
    return catalogue.libraries().stream()
        .filter(
            library ->
                library == RuntimeLibrary.ENTRY || library.rows().stream().anyMatch(on::contains))
        .toList();
  }

  /**
   * What rows that are on ask for. What only others ask for stays unknown to the programs: by that
   * they see what is not to be begun.
   */
  private static Map<String, PlannedMember> asked(
      Map<String, PlannedMember> members, List<PlannedRow> rows) {
    Set<String> asked = new HashSet<>();
    for (PlannedRow row : rows) {
      if (row.isOn()) {
        asked.addAll(row.row().needs());
        asked.addAll(row.row().uses());
      }
    }
    Map<String, PlannedMember> known = new HashMap<>(members);
    known.keySet().retainAll(asked);
    return known;
  }

  private static Map<MapLayout, byte[]> layouts(
      Map<String, PlannedMember> members, List<ProbedLibrary> libraries) {
    Map<MapLayout, byte[]> layouts = new EnumMap<>(MapLayout.class);
    for (ProbedLibrary library : libraries) {
      layouts.put(library.layout().map(), pack(library.layout(), members));
    }
    return layouts;
  }

  private Map<Long, String> typeNames(List<ProbedLibrary> libraries) {
    Set<String> interfaces = new HashSet<>();
    libraries.forEach(library -> interfaces.addAll(library.interfaces()));
    return interfaces.isEmpty() ? Map.of() : executable.types(interfaces);
  }

  private static byte[] pack(LibraryLayout layout, Map<String, PlannedMember> members) {
    ByteBuffer bytes = ByteBuffer.allocate(layout.map().valueSize()).order(ByteOrder.nativeOrder());
    for (LayoutField field : layout.fields()) {
      PlannedMember member = members.get(layout.prefix() + field.name());
      OptionalLong value = member == null ? OptionalLong.empty() : member.value();
      switch (field.size()) {
        case Short.BYTES -> bytes.putShort(field.offset(), (short) value.orElse(OFFSET_UNKNOWN));
        case Long.BYTES -> bytes.putLong(field.offset(), value.orElse(ADDRESS_UNKNOWN));
        default ->
            throw new IllegalArgumentException(
                layout.prefix() + field.name() + " has " + field.size() + " bytes");
      }
    }
    return bytes.array();
  }
}
