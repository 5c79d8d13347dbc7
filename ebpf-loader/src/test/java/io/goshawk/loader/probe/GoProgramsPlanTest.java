// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.SqlAttemptSite;
import io.goshawk.abi.SqlRowsSite;
import io.goshawk.abi.SqlWaitSite;
import io.goshawk.loader.go.Architecture;
import io.goshawk.loader.go.GoBuild;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoFixtures;
import io.goshawk.loader.go.GoFunction;
import io.goshawk.loader.probe.PlannedRow.Cause;
import io.goshawk.loader.probe.PlannedRow.Off;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Plans for real programs, held against what objdump says about their code. */
class GoProgramsPlanTest {

  static Stream<Arguments> builds() {
    return Stream.concat(
        ProbedPrograms.builds(),
        GoBuild.VERSIONS.stream().map(version -> Arguments.of(version, "-ldflags=-s -w")));
  }

  @ParameterizedTest(name = "go{0} {1}")
  @MethodSource("builds")
  void choosesThePushBehindTheStackCheck(String version, String flag) throws Exception {
    Path program = ProbedPrograms.h2c(version, ProbedPrograms.flags(flag).toArray(String[]::new));
    try (GoExecutable executable = GoFixtures.open(program)) {
      ProbePlan plan = ProbePlanner.plan(executable, withoutNeeds());
      List<Site> sites =
          plan.rows().stream()
              .flatMap(row -> row.sites().stream())
              .filter(site -> !site.program().equals("http_route"))
              .toList();
      // 1.27 has x/net's HTTP/2 in the standard library's.
      assertThat(sites).hasSize(version.startsWith("1.27") ? 5 : 6);
      for (Site site : sites) {
        GoFunction function = executable.function(site.symbol()).orElseThrow();
        assertThat(site.instruction()).as(site.symbol()).isEqualTo("push %rbp");
        assertThat(site.cost()).isEqualTo(CostClass.EMULATED);
        assertThat(octet(program, site.fileOffset())).as("byte of the file").isEqualTo(0x55);
        List<String> prologue = disassemble(program, function.address(), site.address() + 1);
        assertThat(prologue.get(prologue.size() - 1)).isEqualTo("push %rbp");
        assertThat(prologue.get(prologue.size() - 2)).startsWith("jbe ");
        assertThat(prologue).as("nothing but the stack check").hasSizeBetween(3, 4);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void choosesWhereTheMuxHasFoundThePattern(String version) throws Exception {
    Path program = ProbedPrograms.h2c(version);
    try (GoExecutable executable = GoFixtures.open(program)) {
      Site site = ProbePlanner.plan(executable).row("http.route").orElseThrow().sites().get(0);
      assertThat(site.cost()).isEqualTo(CostClass.EMULATED);
      long begin = executable.function(site.symbol()).orElseThrow().address();
      List<String> before = disassemble(program, begin, site.address());
      int call = before.size() - 1;
      while (!before.get(call).contains("findHandler")) {
        call--;
      }
      // AT&T syntax: the target of a write stands last. RCX and RDI are the pattern.
      assertThat(before.subList(call + 1, before.size()))
          .hasSizeLessThan(6)
          .noneMatch(text -> text.matches(".*,%(rcx|ecx|rdi|edi)"));
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void tracesAnUnpreparedServer(String version) {
    try (GoExecutable executable = GoFixtures.open(ProbedPrograms.h2c(version))) {
      ProbePlan plan = ProbePlanner.plan(executable);
      for (String row : List.of("http.server", "http.server.abort", "http2.server", "http.route")) {
        assertThat(plan.row(row).orElseThrow().state()).isInstanceOf(PlannedRow.On.class);
      }
      boolean wrapped = executable.version().atLeast(1, 27);
      assertThat(plan.row("http2.server.x-net").orElseThrow().isOn()).isNotEqualTo(wrapped);
      assertThat(plan.row("http2.server.x-net.wrapped").orElseThrow().isOn()).isEqualTo(wrapped);
      assertThat(plan.trapsPer(HttpServerLibrary.HTTP_1)).isEqualTo(2);
      assertThat(plan.members()).allMatch(member -> member.value().isPresent());
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void takesNoThirdTrapWithoutTheLibraryThatNeedsIt(String version) {
    try (GoExecutable executable = GoFixtures.open(GoFixtures.server(version))) {
      ProbePlan plan = ProbePlanner.plan(executable);
      assertThat(plan.row("http.server").orElseThrow().isOn()).isTrue();
      assertThat(plan.trapsPer(HttpServerLibrary.HTTP_1)).isEqualTo(2);
      assertThat(plan.trapsPer(HttpServerLibrary.HTTP_2)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void knowsAStrippedServerAsWellAsAnyOther(String version) {
    try (GoExecutable plain = GoFixtures.open(ProbedPrograms.h2c(version));
        GoExecutable stripped = GoFixtures.open(ProbedPrograms.h2c(version, "-ldflags=-s -w"))) {
      ProbePlan known = ProbePlanner.plan(plain);
      ProbePlan plan = ProbePlanner.plan(stripped);
      assertThat(plan.layouts()).containsOnlyKeys(known.layouts().keySet());
      assertThat(fields(plan)).isEqualTo(fields(known));
      assertThat(plan.rows().stream().map(PlannedRow::isOn))
          .containsExactlyElementsOf(known.rows().stream().map(PlannedRow::isOn).toList());
      assertThat(plan.members())
          .extracting(member -> member.source().orElseThrow())
          .containsOnly("TYPES", "VERSION", "SYMBOLS");
    }
  }

  /** What the plan knows but for addresses, which differ from build to build. */
  private static Map<String, Long> fields(ProbePlan plan) {
    return plan.members().stream()
        .filter(member -> member.value().isPresent())
        .filter(member -> member.value().getAsLong() < ProbePlan.OFFSET_UNKNOWN)
        .collect(
            Collectors.toMap(
                member -> member.member().name(), member -> member.value().getAsLong()));
  }

  @ParameterizedTest(name = "go{0} {1}")
  @MethodSource("builds")
  void seesACallToADatabaseTwiceWhereItIsCheap(String version, String flag) throws Exception {
    Path program = ProbedPrograms.sql(version, ProbedPrograms.flags(flag).toArray(String[]::new));
    try (GoExecutable executable = GoFixtures.open(program)) {
      ProbePlan plan = ProbePlanner.plan(executable);
      List<Site> sites = plan.row("sql").orElseThrow().sites();
      assertThat(plan.trapsPer(SqlLibrary.QUERY)).isEqualTo(3);
      assertThat(sites)
          .filteredOn(site -> site.point().role() == Role.START)
          .hasSize(18)
          .allSatisfy(site -> assertThat(site.instruction()).isEqualTo("push %rbp"));

      String retry = "database/sql.(*DB).retry";
      List<Site> attempts = sites.stream().filter(site -> site.symbol().equals(retry)).toList();
      assertThat(attempts)
          .extracting(Site::variant)
          .containsExactly(
              SqlAttemptSite.SQL_ATTEMPT_RETURNED.value(),
              SqlAttemptSite.SQL_LAST_ATTEMPT_RETURNED.value(),
              SqlAttemptSite.SQL_ATTEMPT_JUDGED.value());
      assertThat(attempts.get(0).cost()).isEqualTo(CostClass.EMULATED);
      // AT&T syntax: the address of an indirect call stands behind a star.
      assertThat(before(program, executable, attempts.get(0)))
          .last()
          .asString()
          .startsWith("test ");
      assertThat(before(program, executable, attempts.get(1)))
          .last()
          .asString()
          .matches("call +\\*.*");

      assertThat(sites)
          .filteredOn(site -> site.program().equals("sql_call_end"))
          .isNotEmpty()
          .allSatisfy(site -> assertThat(site.instruction()).isEqualTo("ret"))
          .extracting(Site::symbol)
          .doesNotContain("database/sql.(*DB).QueryContext", "database/sql.(*Stmt).ExecContext")
          .contains("database/sql.(*Tx).Commit", "database/sql.(*Conn).QueryContext");

      assertThat(plan.row("sql.wait").orElseThrow().sites())
          .extracting(Site::variant)
          .containsExactly(SqlWaitSite.SQL_WAIT_BEGINS.value(), SqlWaitSite.SQL_WAIT_ENDS.value());

      Site closed = plan.row("sql.rows").orElseThrow().sites().get(0);
      assertThat(closed.variant()).isEqualTo(SqlRowsSite.SQL_ROWS_CLOSED.value());
      assertThat(closed.cost()).isEqualTo(CostClass.EMULATED);
      List<String> before = before(program, executable, closed);
      int call = before.size() - 1;
      while (!before.get(call).matches("call +\\*.*")) {
        call--;
      }
      // RAX and RBX are the error of the driver's Close.
      assertThat(before.subList(call + 1, before.size()))
          .hasSizeLessThan(6)
          .noneMatch(text -> text.matches(".*,%(rax|eax|rbx|ebx)"));
    }
  }

  private static List<String> before(Path program, GoExecutable executable, Site site)
      throws Exception {
    long begin = executable.function(site.symbol()).orElseThrow().address();
    return disassemble(program, begin, site.address());
  }

  @Test
  void findsNothingToTraceInAProgramThatServesNothing() {
    try (GoExecutable executable = GoFixtures.open(ProbedPrograms.silent("1.27.4"))) {
      assertThat(ProbePlanner.plan(executable).rows())
          .allSatisfy(row -> assertThat(((Off) row.state()).cause()).isEqualTo(Cause.ABSENT));
    }
  }

  @ParameterizedTest
  @MethodSource("versions")
  void findsACheapSiteInNearlyEveryFunctionOfAProgram(String version) {
    Path program = ProbedPrograms.h2c(version);
    int all = 0;
    List<String> dear = new ArrayList<>();
    try (GoExecutable executable = GoFixtures.open(program)) {
      // Nine arguments: as hard as it gets.
      int registers = CallRegisters.of(Architecture.AMD64, 9);
      for (String line : GoBuild.with(version).go("tool", "nm", program.toString()).split("\n")) {
        String[] words = line.strip().split(" +", 3);
        // Packages without assembly, which keeps to no convention.
        if (words.length < 3
            || !words[1].equalsIgnoreCase("T")
            || !words[2].matches("(net|mime|encoding|fmt|text|golang.org/x/net)[/.].*")) {
          continue;
        }
        Optional<GoFunction> function = executable.function(words[2]);
        if (function.isEmpty() || function.get().size() < 64) {
          continue;
        }
        all++;
        SiteChoice choice =
            SiteChooser.choose(
                Architecture.AMD64, function.get(), executable.code(function.get()), registers);
        if (!(choice instanceof SiteChoice.Chosen chosen
            && CostClass.of(chosen.instruction().execution()) == CostClass.EMULATED)) {
          dear.add(words[2] + " " + choice);
        }
      }
    }
    assertThat(all).isGreaterThan(500);
    assertThat(dear).hasSizeLessThan(all / 50);
  }

  static List<String> versions() {
    return GoBuild.VERSIONS;
  }

  /**
   * The standard catalogue, content with any layout: what sites there are does not depend on it.
   */
  private static ProbeCatalogue withoutNeeds() {
    return new ProbeCatalogue(
        ProbeCatalogue.standard().libraries().stream()
            .map(
                library ->
                    new ProbedLibrary(
                        library.name(),
                        library.records(),
                        library.layout(),
                        library.rows().stream().map(GoProgramsPlanTest::withoutNeeds).toList(),
                        library.members(),
                        library.interfaces()))
            .toList());
  }

  private static CatalogueRow withoutNeeds(CatalogueRow row) {
    Set<String> uses = new HashSet<>(row.uses());
    uses.addAll(row.needs());
    return new CatalogueRow(
        row.name(),
        row.gives(),
        row.without(),
        row.requires(),
        row.relevantWith(),
        row.firstMinor(),
        row.points(),
        Set.of(),
        uses,
        row.detachable(),
        row.attribution());
  }

  private static int octet(Path file, long offset) throws Exception {
    try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "r")) {
      bytes.seek(offset);
      return bytes.read();
    }
  }

  /** What objdump makes of an address range, white space squeezed. */
  private static List<String> disassemble(Path program, long from, long to) {
    String text =
        GoBuild.run(
            program.getParent(),
            List.of(
                "objdump",
                "-d",
                "--no-show-raw-insn",
                "--start-address=" + from,
                "--stop-address=" + to,
                program.toString()),
            Map.of());
    return text.lines()
        .filter(line -> line.startsWith(" ") && line.contains(":\t"))
        .map(line -> line.substring(line.indexOf(":\t") + 2).replaceAll("\\s+", " ").strip())
        .toList();
  }
}
