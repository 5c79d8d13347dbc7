// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static io.goshawk.loader.probe.CatalogueRow.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.abi.Counters;
import io.goshawk.abi.LayoutField;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.ProgramObject;
import io.goshawk.abi.RecordType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProbeCatalogueTest {

  private final ProbeCatalogue catalogue = ProbeCatalogue.standard();

  @Test
  void declaresEachMemberOfTheLayoutsThatTheProgramsRead() {
    Set<String> read = new HashSet<>();
    for (ProbedLibrary library : catalogue.libraries()) {
      for (LayoutField field : library.layout().fields()) {
        read.add(library.layout().prefix() + field.name());
      }
    }
    // The struct is that of both requests; of http2.ServerRequest these are not read.
    read.remove("http_server.server_request.pattern");
    read.remove("http_server.server_request.url");
    assertThat(catalogue.members().keySet()).isEqualTo(read);
  }

  @Test
  void asksForEachMemberItDeclares() {
    Set<String> asked = new HashSet<>();
    for (CatalogueRow row : catalogue.rows()) {
      asked.addAll(row.needs());
      asked.addAll(row.uses());
    }
    assertThat(asked).isEqualTo(catalogue.members().keySet());
  }

  @Test
  void namesProgramsOfTheObject() throws IOException {
    String object = new String(ProgramObject.open().readAllBytes(), StandardCharsets.ISO_8859_1);
    for (CatalogueRow row : catalogue.rows()) {
      for (ProbePoint point : row.points()) {
        assertThat(object).contains("\0" + point.program() + "\0");
      }
    }
  }

  @Test
  void withoutAProgramLosesTheRowsThatRunItAndThoseThatRequireThem() {
    Set<String> programs = new HashSet<>();
    for (CatalogueRow row : catalogue.rows()) {
      row.points().forEach(point -> programs.add(point.program()));
    }
    assertThat(catalogue.rowsWith(programs)).isEqualTo(catalogue.rows());

    programs.remove("http_route");
    assertThat(catalogue.rowsWith(programs))
        .isNotEmpty()
        .isEqualTo(
            catalogue.rows().stream().filter(row -> !row.name().equals("http.route")).toList());

    programs.remove("http_server_end");
    assertThat(catalogue.rowsWith(programs))
        .extracting(CatalogueRow::name)
        .contains("http.client", "sql")
        .noneMatch(name -> name.startsWith("http.server") || name.startsWith("http2.server"));
  }

  @Test
  void refusesARowThatNamesWhatIsNotThere() {
    assertThatThrownBy(() -> catalogue(row("a").requires("b")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("row a requires [b]");
    assertThatThrownBy(() -> catalogue(row("a").needs("offset")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("row a needs an unknown one of [http_server.offset]");
    assertThatThrownBy(() -> catalogue(row("a"), row("a")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("row a is declared twice");
    assertThatThrownBy(
            () -> new ProbeCatalogue(List.of(HttpServerLibrary.ENTRY, library().build())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("RECORD_HTTP_SERVER is made by two libraries");
  }

  @Test
  void hasALibraryForEveryTypeOfSpanRecord() {
    assertThat(RecordType.values())
        .filteredOn(Counters::areSpans)
        .containsExactlyInAnyOrderElementsOf(
            catalogue.libraries().stream().flatMap(l -> l.records().stream()).toList());
  }

  private static ProbeCatalogue catalogue(CatalogueRow.Builder... rows) {
    ProbedLibrary.Builder library = library();
    for (CatalogueRow.Builder row : rows) {
      library.row(row.probe(ProbePoint.start("program").at("lib.f")));
    }
    return new ProbeCatalogue(List.of(library.build()));
  }

  private static ProbedLibrary.Builder library() {
    return ProbedLibrary.library("lib", MapLayout.HTTP_SERVER_LAYOUT, List.of())
        .records(RecordType.RECORD_HTTP_SERVER);
  }
}
