package io.goshawk.loader.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.abi.GoLayout;
import io.goshawk.abi.LayoutField;
import io.goshawk.abi.ProgramObject;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ProbeCatalogueTest {

  private final ProbeCatalogue catalogue = ProbeCatalogue.standard();

  @Test
  void declaresEachMemberOfTheLayoutThatTheProgramsRead() {
    Set<String> read =
        new HashSet<>(
            GoLayout.FIELDS.stream()
                .map(LayoutField::name)
                .filter(name -> !name.endsWith("reserved"))
                .toList());
    // http2.ServerRequest has no pattern; the member is there because both requests share a struct.
    read.remove("server_request.pattern");
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
  void namesProgramsOfTheObject() {
    String object = new String(ProgramObject.bytes(), StandardCharsets.ISO_8859_1);
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
    assertThat(catalogue.rowsWith(programs)).isEmpty();
  }

  @Test
  void refusesARowThatNamesWhatIsNotThere() {
    CatalogueRow row = row("a", List.of("b"), Set.of());
    assertThatThrownBy(() -> catalogue(row))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("row a requires [b]");
    CatalogueRow other = row("a", List.of(), Set.of("g_goid"));
    assertThatThrownBy(() -> catalogue(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("row a needs an unknown one of [g_goid]");
    CatalogueRow twice = row("a", List.of(), Set.of());
    assertThatThrownBy(() -> catalogue(twice, twice))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("row a is declared twice");
  }

  private static ProbeCatalogue catalogue(CatalogueRow... rows) {
    return new ProbeCatalogue(List.of(new ProbedLibrary("lib", List.of(rows), List.of())));
  }

  private static CatalogueRow row(String name, List<String> requires, Set<String> needs) {
    SymbolAlias alias = new SymbolAlias("lib.f", GoReleases.ALL, 0);
    ProbePoint point = new ProbePoint("program", Role.START, List.of(alias), 1, Set.of());
    return new CatalogueRow(
        name,
        "gives",
        "without",
        requires,
        Optional.empty(),
        List.of(point),
        needs,
        Set.of(),
        false);
  }
}
