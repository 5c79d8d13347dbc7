// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.go.StructLayouts.Source;
import io.goshawk.loader.probe.LayoutMember.FieldMember;
import io.goshawk.loader.probe.LayoutMember.Place;
import io.goshawk.loader.probe.ProbeCatalogue;
import io.goshawk.loader.probe.VersionRange;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

class LayoutTableTest {

  private static final VersionRange.Release FIRST_RELEASE = new VersionRange.Release(1, 24, 0);

  static final List<String> VERSIONS = GoBuild.VERSIONS;

  private static final String X_NET_SERVER =
      """
      package main

      import (
      	"net/http"
      	"os"

      	"golang.org/x/net/http2"
      	"golang.org/x/net/http2/h2c"
      )

      func main() {
      	http.ListenAndServe(os.Args[1], h2c.NewHandler(http.DefaultServeMux, &http2.Server{}))
      }
      """;

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void saysOfAStrippedProgramWhatItWouldSayItself(String version) {
    agreesWithTheExecutable(
        GoFixtures.server(version), GoFixtures.server(version, "-ldflags=-s -w"), "std", 70);
  }

  /** Versions that were not measured themselves lie between two that were. */
  @ParameterizedTest
  @CsvSource({"1.24.13, 0.38.0", "1.26.11, 0.51.0"})
  void soDoesOneWithACopyOfHttp2OfItsOwn(String version, String net) {
    GoBuild plain = GoBuild.with(version).module("require golang.org/x/net v" + net);
    GoBuild stripped =
        GoBuild.with(version).module("require golang.org/x/net v" + net).flags("-ldflags=-s -w");
    agreesWithTheExecutable(
        plain.build(X_NET_SERVER), stripped.build(X_NET_SERVER), "golang.org/x/net", 10);
  }

  @Test
  void aBuildWithoutSwissMapsGetsTheLayoutOfTheOldOnes() {
    GoBuild build = GoBuild.with("1.24.13").environment("GOEXPERIMENT", "noswissmap");
    Path stripped = build.flags("-ldflags=-s -w").build(GoFixtures.SERVER);
    try (GoExecutable executable = GoFixtures.open(stripped)) {
      assertThat(executable.buildInfo().experiments()).containsExactly("noswissmap");
      assertThat(table(executable).apply(new StructField("runtime.hmap", "buckets"))).hasValue(16);
      assertThat(table(executable).apply(new StructField("runtime.g", "goid"))).hasValue(160);
    }
    try (GoExecutable executable =
        GoFixtures.open(GoFixtures.server("1.24.13", "-ldflags=-s -w"))) {
      assertThat(table(executable).apply(new StructField("runtime.hmap", "buckets"))).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "go1.24.0, 8, false", // measured
    "go1.24.7, 8, false", // between two that agree
    "go1.24.99, 8, true", // newer than the newest of its minor release
    "go1.25.0, 16, false",
    "go1.25.4, 16, false",
    "go1.25.5, -1, false", // gone
    "go1.25rc1, 16, true",
    "go1.23.9, -1, false",
    "go1.26.0, -1, false",
    "go1.24.3 X:other, 8, false",
  })
  void answersOnlyForReleasesThatItKnows(String text, int expected, boolean noted)
      throws IOException {
    List<String> notes = new ArrayList<>();
    var layouts = table().of(GoVersion.parse(text).orElseThrow(), build(text), notes::add);
    StructField field = new StructField("runtime.g", "goid");
    assertThat(layouts.apply(field))
        .isEqualTo(expected < 0 ? OptionalInt.empty() : OptionalInt.of(expected));
    layouts.apply(field);
    assertThat(notes).hasSize(noted ? 1 : 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"devel go1.24-0123abc Tue Nov 1", "go1.24-20250209-RC00 cl/1"})
  void aSnapshotIsNoRelease(String text) throws IOException {
    GoVersion version = GoVersion.parse(text).orElseThrow();
    assertThat(
            table()
                .of(version, build(version.text()), note -> {})
                .apply(new StructField("runtime.g", "goid")))
        .isEmpty();
  }

  @Test
  void aModuleCountsAsWhatWasLinkedInItsPlace() throws IOException {
    assertThat(moduleOffset(new BuildInfo.Module("example.com/m", "v0.4.0"))).hasValue(24);
    assertThat(
            moduleOffset(
                new BuildInfo.Module(
                    "example.com/m", "v0.4.0", new BuildInfo.Module("example.com/m", "v0.9.0"))))
        .hasValue(32);
    assertThat(
            moduleOffset(
                new BuildInfo.Module(
                    "example.com/m", "v0.4.0", new BuildInfo.Module("example.com/fork", "v0.4.0"))))
        .as("a fork may be anything")
        .isEmpty();
    assertThat(
            moduleOffset(
                new BuildInfo.Module("example.com/m", "v0.4.0", new BuildInfo.Module("../m", ""))))
        .as("so may a directory")
        .isEmpty();
    assertThat(moduleOffset(new BuildInfo.Module("example.com/m", "v0.5.1-0.20240101-abc")))
        .as("a pseudo-version is no release")
        .isEmpty();
    assertThat(moduleOffset(new BuildInfo.Module("example.com/other", "v0.4.0"))).isEmpty();
  }

  /** Of one release and one version; all of them take gigabytes of toolchains. */
  @Test
  void theGeneratorMeasuresWhatTheTableSays() throws IOException {
    String go = "1.26.11";
    BuildInfo.Module net = new BuildInfo.Module("golang.org/x/net", "v0.62.0");
    BuildInfo build =
        new BuildInfo("go" + go, "x", new BuildInfo.Module("x", ""), List.of(net), Map.of());
    GoVersion version = GoVersion.parse(build.goVersion()).orElseThrow();
    String again =
        new LayoutTableGenerator(Path.of("layouts"))
            .table(release -> release.equals(go) || net.version().equals('v' + release));
    for (String module : List.of("std", net.path())) {
      Set<StructField> fields = fields(module, new StringReader(again));
      assertThat(fields).isEqualTo(fields(module));
      var measured = LayoutTable.parse(new StringReader(again)).of(version, build, note -> {});
      var table = LayoutTable.builtIn().of(version, build, note -> {});
      assertThat(fields.stream().collect(Collectors.toMap(f -> f, measured)))
          .isEqualTo(fields.stream().collect(Collectors.toMap(f -> f, table)))
          .containsValue(OptionalInt.of(8));
    }
  }

  /**
   * All that the programs ask for of Go itself, in a release that the table has: where type data
   * says nothing, nobody else does.
   */
  @Test
  void hasEachFieldOfItsModulesThatTheProgramsAskFor() {
    Set<StructField> known = fields("std");
    known.addAll(fields("golang.org/x/net"));
    Set<StructField> asked =
        ProbeCatalogue.standard().members().values().stream()
            .filter(FieldMember.class::isInstance)
            .flatMap(member -> ((FieldMember) member).places().stream())
            .filter(
                place ->
                    place.releases().before() == null
                        || place.releases().before().compareTo(FIRST_RELEASE) > 0)
            .map(Place::field)
            .filter(
                field ->
                    field.struct().matches("([a-z0-9]+/)*[a-z0-9]+[.]\\w+|golang[.]org/x/net/.*"))
            .collect(Collectors.toSet());
    assertThat(asked).contains(new StructField("runtime._panic", "sp"));
    assertThat(known).containsAll(asked);
  }

  @Test
  void refusesATableThatIsNotOfTheDocumentedForm() {
    assertThatThrownBy(() -> LayoutTable.parse(new StringReader("module std 1.24.0\nstruct a b\n")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("struct a b");
    assertThatThrownBy(
            () -> LayoutTable.parse(new StringReader("module std 1.24.0\nstruct a\nf 8\n")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("f 8");
  }

  private static OptionalInt moduleOffset(BuildInfo.Module module) throws IOException {
    BuildInfo build =
        new BuildInfo("go1.24.0", "x", new BuildInfo.Module("x", ""), List.of(module), Map.of());
    Function<StructField, OptionalInt> layouts =
        table().of(GoVersion.parse("go1.24.0").orElseThrow(), build, note -> {});
    return layouts.apply(new StructField("example.com/m/sub.T", "f"));
  }

  private static BuildInfo build(String version) {
    return new BuildInfo(version, "x", new BuildInfo.Module("x", ""), List.of(), Map.of());
  }

  private static LayoutTable table() throws IOException {
    return LayoutTable.parse(
        new StringReader(
            """
            # comment

            module std 1.24.0 1.24.9 | 1.25.0 1.25.4 1.25.5
            struct runtime.g
            goid 8@1.24.0 16@1.25.0 -@1.25.5
            module example.com/m 0.1.0 0.7.0 0.8.0 0.10.0
            struct example.com/m/sub.T
            f 24@0.1.0 32@0.8.0
            """));
  }

  private static void agreesWithTheExecutable(
      Path plain, Path stripped, String module, int atLeast) {
    Set<StructField> fields = fields(module);
    try (GoExecutable known = GoFixtures.open(plain);
        GoExecutable asked = GoFixtures.open(stripped)) {
      Map<StructField, Integer> expected = offsets(known, fields);
      Function<StructField, OptionalInt> table = table(asked);
      Map<StructField, Integer> actual = new HashMap<>();
      for (StructField field : fields) {
        table.apply(field).ifPresent(bytes -> actual.put(field, bytes));
      }
      // The program does not link every package of the table, so the table may know more.
      actual.keySet().retainAll(expected.keySet());
      assertThat(actual).isEqualTo(expected).hasSizeGreaterThanOrEqualTo(atLeast);
      assertThat(asked.notes()).isEmpty();
    }
  }

  /** What the table knows of a build; a note is a failure. */
  private static Function<StructField, OptionalInt> table(GoExecutable executable) {
    return LayoutTable.builtIn()
        .of(
            executable.version(),
            executable.buildInfo(),
            note -> {
              throw new AssertionError(note);
            });
  }

  private static Map<StructField, Integer> offsets(
      GoExecutable executable, Set<StructField> fields) {
    return executable.structs().offsets(fields).entrySet().stream()
        .filter(e -> e.getValue().source() != Source.TABLE)
        .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().bytes()));
  }

  /** All fields of the table's paragraph of a module. */
  private static Set<StructField> fields(String module) {
    try (Reader text =
        new InputStreamReader(
            LayoutTable.class.getResourceAsStream("layouts.txt"), StandardCharsets.UTF_8)) {
      return fields(module, text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Set<StructField> fields(String module, Reader table) throws IOException {
    String struct = "";
    boolean inside = false;
    Set<StructField> fields = new HashSet<>();
    BufferedReader lines = new BufferedReader(table);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ");
      if (words[0].equals("module")) {
        inside = words[1].equals(module);
      } else if (words[0].equals("struct")) {
        struct = words[1];
      } else if (inside && words.length > 1) {
        fields.add(new StructField(struct, words[0]));
      }
    }
    return fields;
  }
}
