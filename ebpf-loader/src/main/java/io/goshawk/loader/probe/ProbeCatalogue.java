// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.abi.MapLayout;
import io.goshawk.abi.RecordType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Everything that can be probed.
 *
 * @param libraries in the order in which reports show them
 */
public record ProbeCatalogue(List<ProbedLibrary> libraries) {

  /** The list to which a library is added. */
  private static final ProbeCatalogue STANDARD =
      new ProbeCatalogue(
          List.of(
              RuntimeLibrary.ENTRY,
              HttpServerLibrary.ENTRY,
              HttpRouterLibrary.ENTRY,
              HttpClientLibrary.ENTRY,
              SqlLibrary.ENTRY,
              PgxLibrary.ENTRY,
              RedisLibrary.ENTRY,
              FranzLibrary.ENTRY,
              KafkaGoLibrary.ENTRY,
              MongoLibrary.ENTRY,
              GrpcLibrary.ENTRY,
              GrpcClientLibrary.ENTRY));

  /**
   * @throws IllegalArgumentException if a row names a row that does not stand before it, or a
   *     member that no library declares, or if a name or a type of records stands twice
   */
  public ProbeCatalogue {
    libraries = List.copyOf(libraries);
    Set<String> members = new HashSet<>();
    Set<RecordType> records = EnumSet.noneOf(RecordType.class);
    for (ProbedLibrary library : libraries) {
      for (RecordType type : library.records()) {
        check(records.add(type), type + " is made by two libraries");
      }
      for (LayoutMember member : library.members()) {
        check(members.add(member.name()), "member " + member.name() + " is declared twice");
      }
    }
    Set<String> rows = new HashSet<>();
    for (ProbedLibrary library : libraries) {
      for (CatalogueRow row : library.rows()) {
        String text = "row " + row.name();
        check(rows.containsAll(row.requires()), text + " requires " + row.requires());
        check(members.containsAll(row.needs()), text + " needs an unknown one of " + row.needs());
        check(members.containsAll(row.uses()), text + " uses an unknown one of " + row.uses());
        check(rows.add(row.name()), text + " is declared twice");
      }
    }
  }

  /** What this release of Goshawk can probe. */
  public static ProbeCatalogue standard() {
    return STANDARD;
  }

  /** The rows of all libraries. A row stands after those it requires. */
  public List<CatalogueRow> rows() {
    return libraries.stream().flatMap(library -> library.rows().stream()).toList();
  }

  /**
   * The rows that are left where only some programs can be had: those that have all theirs, and
   * whose required rows are left too.
   */
  public List<CatalogueRow> rowsWith(Set<String> programs) {
    List<CatalogueRow> left = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (CatalogueRow row : rows()) {
      if (names.containsAll(row.requires())
          && row.points().stream().allMatch(point -> programs.contains(point.program()))) {
        left.add(row);
        names.add(row.name());
      }
    }
    return left;
  }

  /** The names of the programs of all rows. */
  public Set<String> programs() {
    return rows().stream()
        .flatMap(row -> row.points().stream())
        .map(point -> point.program())
        .collect(Collectors.toSet());
  }

  /** The members of the layouts of all libraries, by their full names. */
  public Map<String, LayoutMember> members() {
    Map<String, LayoutMember> members = new LinkedHashMap<>();
    for (ProbedLibrary library : libraries) {
      library.members().forEach(member -> members.put(member.name(), member));
    }
    return members;
  }

  /** The maps of the layouts of all libraries. */
  public List<MapLayout> layoutMaps() {
    return libraries.stream().map(library -> library.layout().map()).toList();
  }

  private static void check(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
