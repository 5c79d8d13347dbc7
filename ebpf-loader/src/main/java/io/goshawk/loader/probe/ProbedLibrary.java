package io.goshawk.loader.probe;

import java.util.List;

/**
 * What is known about one Go library.
 *
 * @param name its import path
 * @param rows its probes
 * @param members the parts of {@code go_layout} that describe its structs
 */
public record ProbedLibrary(String name, List<CatalogueRow> rows, List<LayoutMember> members) {

  public ProbedLibrary {
    rows = List.copyOf(rows);
    members = List.copyOf(members);
  }
}
