// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.abi.LayoutField;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.RecordType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;

/** What to attach to an executable, and what the programs are told about it. */
public final class ProbePlan {

  /** {@code OFFSET_UNKNOWN} of goshawk_abi.h; a macro, so that BTF does not know it. */
  static final int OFFSET_UNKNOWN = 0xffff;

  private static final long ADDRESS_UNKNOWN = 0;

  private final ProbeCatalogue catalogue;
  private final List<PlannedRow> rows;
  private final List<PlannedMember> members;
  private final Map<MapLayout, byte[]> layouts;
  private final Map<Long, String> typeNames;

  ProbePlan(
      ProbeCatalogue catalogue,
      List<PlannedRow> rows,
      List<PlannedMember> members,
      Map<Long, String> typeNames) {
    this.catalogue = catalogue;
    this.rows = List.copyOf(rows);
    this.members = List.copyOf(members);
    this.layouts = layouts(asked(members, rows), libraries(catalogue, rows));
    this.typeNames = Map.copyOf(typeNames);
  }

  /**
   * The same with no more rows than a level of attribution has, as {@link #without} has it.
   *
   * @param named rows that are not judged by the level
   */
  public ProbePlan at(AttributionLevel level, Set<String> named) {
    Set<String> beyond = new HashSet<>();
    for (PlannedRow row : rows) {
      String name = row.row().name();
      if (!level.includes(row.row().attribution()) && !named.contains(name)) {
        beyond.add(name);
      }
    }
    return without(
        beyond, "attribution " + level.name().toLowerCase(Locale.ROOT) + " leaves it out");
  }

  /**
   * The same without some rows, and those that need them: the programs are told no more than if
   * these rows could not be had.
   *
   * @param unwanted names of rows; what the plan has not on anyway changes nothing
   * @param reason why they are off
   */
  public ProbePlan without(Set<String> unwanted, String reason) {
    Set<String> off = new HashSet<>();
    List<PlannedRow> left = new ArrayList<>();
    for (PlannedRow row : rows) {
      boolean goes =
          unwanted.contains(row.row().name())
              || row.row().requires().stream().anyMatch(off::contains);
      if (goes) {
        off.add(row.row().name());
      }
      left.add(
          goes && row.isOn()
              ? new PlannedRow(row.row(), new PlannedRow.Off(PlannedRow.Cause.UNWANTED, reason))
              : row);
    }
    return new ProbePlan(catalogue, left, members, typeNames);
  }

  /** The types of records of which spans begin: those of the libraries that have a start on. */
  public Set<RecordType> begun() {
    Set<String> starting = new HashSet<>();
    rows.stream()
        .filter(row -> row.sites().stream().anyMatch(site -> site.point().role() == Role.START))
        .forEach(row -> starting.add(row.row().name()));
    return catalogue.libraries().stream()
        .filter(library -> library.rows().stream().anyMatch(row -> starting.contains(row.name())))
        .flatMap(library -> library.records().stream())
        .collect(Collectors.toSet());
  }

  /** The types of records that a row's library makes; the runtime, and what it lacks, has none. */
  public List<RecordType> records(CatalogueRow row) {
    return catalogue.libraries().stream()
        .filter(library -> library.rows().contains(row))
        .findAny()
        .map(ProbedLibrary::records)
        .orElse(List.of());
  }

  /** The libraries that have a row on, and the runtime. */
  static List<ProbedLibrary> libraries(ProbeCatalogue catalogue, List<PlannedRow> rows) {
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
      List<PlannedMember> members, List<PlannedRow> rows) {
    Set<String> asked = new HashSet<>();
    for (PlannedRow row : rows) {
      if (row.isOn()) {
        asked.addAll(row.row().needs());
        asked.addAll(row.row().uses());
      }
    }
    Map<String, PlannedMember> known = new HashMap<>();
    members.stream()
        .filter(member -> asked.contains(member.member().name()))
        .forEach(member -> known.put(member.member().name(), member));
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

  /** Every row of the catalogue, in its order. */
  public List<PlannedRow> rows() {
    return rows;
  }

  /** The row of that name. */
  public Optional<PlannedRow> row(String name) {
    return rows.stream().filter(row -> row.row().name().equals(name)).findFirst();
  }

  /** The members of layouts that rows asked for whose functions are there. */
  public List<PlannedMember> members() {
    return members;
  }

  /** What each library's map gets, the binary's id being the key. */
  public Map<MapLayout, byte[]> layouts() {
    return layouts;
  }

  /** Names of the Go types that records tell by their addresses. */
  public Map<Long, String> typeNames() {
    return typeNames;
  }

  /** Whether there is anything to attach. */
  public boolean tracesAnything() {
    return rows.stream().anyMatch(PlannedRow::isOn);
  }

  /** What the rows that are on see again and again. */
  public List<Operation> operations() {
    return rows.stream()
        .flatMap(row -> row.sites().stream())
        .flatMap(site -> site.point().oncePer().stream())
        .distinct()
        .sorted(Comparator.comparing(Operation::id))
        .toList();
  }

  /** Traps that an operation takes each time, without the rows that are detached by then. */
  public int trapsPer(Operation operation) {
    return traps(operation, false);
  }

  /** Traps that an operation takes besides, while detachable rows are attached. */
  public int detachableTrapsPer(Operation operation) {
    return traps(operation, true);
  }

  private int traps(Operation operation, boolean detachable) {
    return (int)
        rows.stream()
            .filter(row -> row.row().detachable() == detachable)
            .flatMap(row -> row.sites().stream())
            .map(Site::point)
            .filter(point -> point.oncePer().contains(operation))
            // It comes by the function itself or by one copy of it.
            .distinct()
            .count();
  }
}
