package io.goshawk.loader.dwarf;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.elf.ElfFile;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.MappedFile;
import io.goshawk.loader.go.GoBuild;
import io.goshawk.loader.go.GoFixtures;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
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
    Map<StructField, Integer> expected = asGoReads(path);
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
  void readsTheFormsOfOtherCompilers(String compiler, @TempDir Path directory) throws IOException {
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
    return DwarfStructs.find(elf(path), wanted);
  }

  private static ElfFile elf(Path path) {
    try {
      return ElfFile.parse(MappedFile.open(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (MalformedFileException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> sectionNames(Path path) {
    return elf(path).sections().stream().map(s -> s.name()).toList();
  }

  /** Every field that a struct name and a path name without doubt. */
  private static Map<StructField, Integer> asGoReads(Path path) {
    Map<StructField, Integer> fields = new HashMap<>();
    Set<StructField> doubtful = new HashSet<>();
    String newest = GoBuild.VERSIONS.get(GoBuild.VERSIONS.size() - 1);
    Path reader = GoBuild.program(newest, List.of(), resource("/go/structs.go"));
    String printed =
        GoBuild.run(path.getParent(), List.of(reader.toString(), path.toString()), Map.of());
    for (String line : printed.split("\n")) {
      String[] f = line.split("\t");
      // Anonymous shapes have fields with dots in their names, which a path cannot tell apart.
      if (f.length != 3 || f[0].contains("struct {") || f[1].endsWith("_")) {
        continue;
      }
      StructField field = new StructField(f[0], f[1]);
      Integer offset = Integer.valueOf(f[2]);
      if (!offset.equals(fields.getOrDefault(field, offset))) {
        doubtful.add(field);
      }
      fields.put(field, offset);
    }
    fields.keySet().removeAll(doubtful);
    return fields;
  }

  private static String resource(String name) {
    try (InputStream in = DwarfStructsTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
