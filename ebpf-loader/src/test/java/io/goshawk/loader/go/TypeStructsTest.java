// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.go.StructLayouts.FieldOffset;
import io.goshawk.loader.go.StructLayouts.Source;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TypeStructsTest {

  static Stream<Arguments> builds() {
    return GoBuild.VERSIONS.stream()
        .flatMap(
            version ->
                Stream.of(
                    Arguments.of(version, List.of("-ldflags=-s -w")),
                    Arguments.of(version, List.of("-ldflags=-s -w", "-buildmode=pie"))));
  }

  /** Package debug/dwarf is asked about the same program, built with its DWARF. */
  @ParameterizedTest
  @MethodSource("builds")
  void aStrippedProgramTellsWhatItsDwarfWould(String version, List<String> flags) {
    Map<StructField, Integer> expected = GoStructs.of(GoFixtures.server(version));
    try (GoExecutable executable =
        GoFixtures.open(GoBuild.program(version, flags, GoFixtures.SERVER))) {
      Map<StructField, Integer> actual = new HashMap<>();
      Set<String> structs = new HashSet<>();
      executable
          .structs()
          .offsets(expected.keySet())
          .forEach(
              (field, offset) -> {
                if (offset.source() == Source.TYPES) {
                  actual.put(field, offset.bytes());
                  structs.add(field.struct());
                }
              });
      assertThat(expected).containsAllEntriesOf(actual);
      // Nearly half of all: the other structs are never allocated by themselves.
      assertThat(actual).hasSizeGreaterThan(3500);
      assertThat(structs)
          .contains("runtime.g", "net/http.Request", "net/http.response", "crypto/tls.Conn");
      assertThat(executable.notes()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("builds")
  void followsAPathThroughEmbeddedValuesOnly(String version, List<String> flags) {
    Path program = GoBuild.program(version, flags, GoFixtures.SERVER);
    try (GoExecutable executable = GoFixtures.open(program)) {
      StructLayouts structs = executable.structs();
      assertThat(structs.offset("net/http.response", "cw.wroteHeader").orElseThrow().source())
          .isEqualTo(Source.TYPES);
      assertThat(structs.offset("net/http.response", "req.Method")).isEmpty();
      assertThat(structs.offset("net/http.response", "nothing")).isEmpty();
      assertThat(structs.offset("net/http.nothing", "nothing")).isEmpty();
      assertThat(structs.lacks(new StructField("net/http.response", "nothing"))).isTrue();
      assertThat(structs.lacks(new StructField("net/http.response", "req.Method"))).isFalse();
      assertThat(structs.lacks(new StructField("net/http.nothing", "nothing"))).isFalse();
      assertThat(structs.offset("main.pair[string,int]", "val"))
          .hasValue(new FieldOffset(16, Source.TYPES));
    }
  }
}
