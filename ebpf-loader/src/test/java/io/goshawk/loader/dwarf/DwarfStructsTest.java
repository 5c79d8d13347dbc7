// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.dwarf;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.elf.BinaryFile;
import io.goshawk.loader.elf.Budget;
import io.goshawk.loader.elf.ElfFile;
import io.goshawk.loader.elf.UnreadableFileException;
import io.goshawk.loader.elf.UnusableFileException;
import io.goshawk.loader.go.GoBuild;
import io.goshawk.loader.go.GoFixtures;
import io.goshawk.loader.go.GoStructs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DwarfStructsTest {

  static Stream<Arguments> programs() {
    return GoBuild.VERSIONS.stream()
        .flatMap(
            version ->
                Stream.of(
                    Arguments.of(version, List.of()),
                    Arguments.of(version, List.of("-ldflags=-compressdwarf=false")),
                    Arguments.of(version, List.of("-buildmode=pie"))));
  }

  @ParameterizedTest
  @MethodSource("programs")
  void agreesWithGosOwnReaderOnEveryFieldOfEveryStruct(String version, List<String> flags) {
    Path path = GoBuild.program(version, flags, GoFixtures.SERVER);
    Map<StructField, Integer> expected = GoStructs.of(path);
    assertThat(expected).hasSizeGreaterThan(8000);
    assertThat(find(path, expected.keySet()))
        .isInstanceOfSatisfying(
            DwarfResult.Read.class,
            read -> {
              Set<Map.Entry<StructField, Integer>> differing = new HashSet<>(expected.entrySet());
              differing.removeAll(read.offsets().entrySet());
              assertThat(differing).isEmpty();
            });
  }

  @Test
  void readsTheOlderWayOfCompressingSections(@TempDir Path directory) {
    Path path = GoFixtures.server("1.24.13", "-ldflags=-compressdwarf=false");
    Path old = directory.resolve("old");
    GoBuild.run(
        directory,
        List.of("objcopy", "--compress-debug-sections=zlib-gnu", path.toString(), old.toString()),
        Map.of());
    assertThat(sectionNames(old)).contains(".zdebug_info").doesNotContain(".debug_info");
    StructField field = new StructField("net/http.response", "cw.wroteHeader");
    assertThat(find(old, Set.of(field))).isEqualTo(find(path, Set.of(field)));
    assertThat(find(old, Set.of(field))).isEqualTo(new DwarfResult.Read(Map.of(field, 80)));
  }

  @Test
  void hasNothingToSayOfAStrippedProgram() {
    Path path = GoFixtures.server("1.27.4", "-ldflags=-s -w");
    assertThat(find(path, Set.of(new StructField("net/http.Request", "Method"))))
        .isEqualTo(new DwarfResult.Absent());
  }

  @Test
  void leavesOutWhatDoesNotExist() {
    Path path = GoFixtures.server("1.27.4");
    StructField method = new StructField("net/http.Request", "Method");
    assertThat(
            find(
                path,
                List.of(
                    method,
                    new StructField("net/http.Request", "method"),
                    new StructField("net/http.Request", "Method.len.more"),
                    new StructField("net/http.Requests", "Method"),
                    new StructField("net/http.Request", "URL.Path"))))
        .isEqualTo(new DwarfResult.Read(Map.of(method, 0)));
  }

  /** C compilers use the forms that Go's does not: strings elsewhere, indexes, implicit values. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "clang -gdwarf-4",
        "clang -gdwarf-5",
        "clang -gdwarf-5 -gdwarf64",
        "clang -gdwarf-5 -gz=zlib"
      })
  void readsTheFormsOfOtherCompilers(String compiler, @TempDir Path directory) throws Exception {
    Path source = directory.resolve("layout.c");
    Files.writeString(
        source,
        """
        typedef struct { char pad[3]; short tail; } inner_t;
        typedef inner_t inner_alias;
        struct outer { char first; long second; inner_alias in; struct { int deep; } named; };
        struct declared;
        struct outer value; struct declared *nothing;
        int main(void) { return value.first; }
        """);
    Path program = directory.resolve("layout");
    List<String> command =
        Stream.concat(
                Stream.of(compiler.split(" ")),
                Stream.of(
                    "-nostdlib", "-static", "-Wl,-e,main", "-o", program.toString(), "layout.c"))
            .toList();
    GoBuild.run(directory, command, Map.of());
    Map<StructField, Integer> expected =
        Map.of(
            new StructField("outer", "first"), 0,
            new StructField("outer", "second"), 8,
            new StructField("outer", "in.tail"), 20,
            new StructField("outer", "named.deep"), 24);
    assertThat(DwarfStructs.find(elf(program), expected.keySet(), language -> true))
        .isEqualTo(new DwarfResult.Read(expected));
    assertThat(find(program, expected.keySet()))
        .as("C types are not taken for Go's")
        .isEqualTo(new DwarfResult.Read(Map.of()));
  }

  private static DwarfResult find(Path path, Collection<StructField> wanted) {
    try {
      return DwarfStructs.find(elf(path), wanted);
    } catch (UnreadableFileException e) {
      throw new AssertionError(e);
    }
  }

  private static ElfFile elf(Path path) {
    try {
      return ElfFile.parse(BinaryFile.open(path, Budget.usual()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (UnusableFileException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> sectionNames(Path path) {
    return elf(path).sections().stream().map(s -> s.name()).toList();
  }
}
