// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class GoExecutablesTest {

  static Stream<Arguments> shapes() {
    return GoBuild.VERSIONS.stream()
        .flatMap(
            version ->
                Stream.of(
                    Arguments.of(version, List.of(), SymbolSource.SYMTAB),
                    Arguments.of(version, List.of("-ldflags=-s -w"), SymbolSource.PCLNTAB),
                    Arguments.of(version, List.of("-buildmode=pie"), SymbolSource.SYMTAB),
                    Arguments.of(
                        version,
                        List.of("-buildmode=pie", "-ldflags=-s -w"),
                        SymbolSource.PCLNTAB)));
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void findsEveryFunctionWhereGoToolNmDoes(
      String version, List<String> flags, SymbolSource source) {
    Path path = GoBuild.program(version, flags, GoFixtures.SERVER);
    // Stripping changes no address, so the names come from the same program with its symbols.
    List<String> unstripped = flags.stream().filter(f -> !f.startsWith("-ldflags")).toList();
    Map<String, Set<Long>> expected = functionsOf(version, unstripped);
    try (GoExecutable executable = GoFixtures.open(path)) {
      assertThat(executable.symbolSource()).isEqualTo(source);
      assertThat(executable.positionIndependent()).isEqualTo(flags.contains("-buildmode=pie"));
      int missing = 0;
      for (var entry : expected.entrySet()) {
        var function = executable.function(entry.getKey());
        if (function.isEmpty()) {
          missing++;
          continue;
        }
        // The pclntab gives an assembler function and its wrapper the same name.
        Set<Long> addresses = new HashSet<>(entry.getValue());
        addresses.addAll(expected.getOrDefault(entry.getKey() + ".abi0", Set.of()));
        assertThat(addresses).as(entry.getKey()).contains(function.get().address());
        assertThat(executable.code(function.get())).hasSize((int) function.get().size());
      }
      // The pclntab shortens type arguments to [...], and knows no cgo or assembler locals.
      assertThat(missing).isLessThan(expected.size() / (source == SymbolSource.SYMTAB ? 1000 : 20));
      assertThat(expected).hasSizeGreaterThan(3000);
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void findsWhatTheCatalogueAttachesTo(String version, List<String> flags, SymbolSource source) {
    try (GoExecutable executable =
        GoFixtures.open(GoBuild.program(version, flags, GoFixtures.SERVER))) {
      assertThat(
              List.of(
                  "net/http.serverHandler.ServeHTTP",
                  "net/http.(*response).finishRequest",
                  "net/http.(*conn).serve.func1",
                  "net/http.(*ServeMux).ServeHTTP",
                  "main.main"))
          .allSatisfy(name -> assertThat(executable.function(name)).isPresent());
      assertThat(executable.function("net/http.(*response).finishReques")).isEmpty();
      assertThat(executable.function("")).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void readsTheSameBuildInfoAsGoVersionM(String version, List<String> flags, SymbolSource source) {
    Path path = GoBuild.program(version, flags, GoFixtures.SERVER);
    String[] lines = GoBuild.with(version).go("version", "-m", path.toString()).strip().split("\n");
    try (GoExecutable executable = GoFixtures.open(path)) {
      BuildInfo info = executable.buildInfo();
      assertThat(lines[0]).isEqualTo(path + ": " + info.goVersion());
      assertThat(executable.version()).isEqualTo(GoVersion.parse("go" + version).orElseThrow());
      assertThat(info.path()).isEqualTo("example.com/fixture");
      assertThat(info.main().path()).isEqualTo("example.com/fixture");
      Map<String, String> settings = new HashMap<>();
      Arrays.stream(lines)
          .map(String::strip)
          .filter(l -> l.startsWith("build\t"))
          .map(l -> l.substring(6).split("=", 2))
          .forEach(kv -> settings.put(kv[0], GoQuoted.unquote(kv[1])));
      assertThat(info.settings()).isEqualTo(settings).containsKey("GOARCH");
    }
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void needsNoSectionHeaders(
      String version, List<String> flags, SymbolSource source, @TempDir Path directory)
      throws IOException {
    Path path = GoBuild.program(version, flags, GoFixtures.SERVER);
    byte[] program = Files.readAllBytes(path);
    ByteBuffer header = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(40, 0).putShort(60, (short) 0).putShort(62, (short) 0);
    Path bare = Files.write(directory.resolve("bare"), program);
    try (GoExecutable whole = GoFixtures.open(path);
        GoExecutable executable = GoFixtures.open(bare)) {
      assertThat(executable.symbolSource()).isEqualTo(SymbolSource.PCLNTAB);
      assertThat(executable.buildInfo()).isEqualTo(whole.buildInfo());
      for (String name : List.of("main.main", "net/http.(*conn).serve", "runtime.gopark")) {
        assertThat(executable.function(name).orElseThrow().address())
            .isEqualTo(whole.function(name).orElseThrow().address());
      }
      assertThat(executable.itab("*net/http.response", "net/http.ResponseWriter"))
          .isPresent()
          .isEqualTo(whole.itab("*net/http.response", "net/http.ResponseWriter"));
    }
  }

  /** Behind C code, Go's text does not start where its section does, and pointers are relocated. */
  @ParameterizedTest
  @CsvSource({
    "1.24.13, exe",
    "1.24.13, pie",
    "1.25.14, pie",
    "1.26.11, pie",
    "1.27.4, exe",
    "1.27.4, pie"
  })
  void understandsWhatAnExternalLinkerMade(String version, String mode) {
    String source =
        "package main\n\n// int twice(int n) { return 2 * n; }\nimport \"C\"\n\n"
            + "import \"fmt\"\n\nfunc main() { fmt.Println(C.twice(21)) }\n";
    String link = "-linkmode=external";
    Path symbols = cgo(version, mode, link).build(source);
    Path stripped = cgo(version, mode, link + " -s -w").build(source);
    try (GoExecutable expected = GoFixtures.open(symbols);
        GoExecutable executable = GoFixtures.open(stripped)) {
      assertThat(expected.symbolSource()).isEqualTo(SymbolSource.SYMTAB);
      assertThat(executable.symbolSource()).isEqualTo(SymbolSource.PCLNTAB);
      for (String name : List.of("main.main", "runtime.gopark", "fmt.Fprintln")) {
        GoFunction a = expected.function(name).orElseThrow();
        GoFunction b = executable.function(name).orElseThrow();
        assertThat(executable.code(new GoFunction(name, b.address(), 32)))
            .isEqualTo(expected.code(new GoFunction(name, a.address(), 32)));
      }
      assertThat(executable.itab("*os.File", "io.Writer")).isPresent();
      assertThat(executable.notes()).isEmpty();
    }
  }

  @Test
  void readsProgramsForArm64() {
    GoBuild build = GoBuild.with("1.27.4").environment("GOARCH", "arm64");
    Path stripped = build.flags("-ldflags=-s -w").build(GoFixtures.SERVER);
    try (GoExecutable executable = GoFixtures.open(stripped)) {
      assertThat(executable.architecture()).isEqualTo(Architecture.ARM64);
      assertThat(executable.buildInfo().settings()).containsEntry("GOARCH", "arm64");
      byte[] code = executable.code(executable.function("net/http.(*conn).serve").orElseThrow());
      // The stack check of every Go function for arm64 starts so: MOVD 16(g), R16.
      assertThat(Arrays.copyOf(code, 4))
          .isEqualTo(new byte[] {(byte) 0x90, 0x0b, 0x40, (byte) 0xf9});
      assertThat(executable.structs().offset("runtime.g", "goid"))
          .hasValue(new StructLayouts.FieldOffset(152, StructLayouts.Source.TYPES));
    }
  }

  @Test
  void aDamagedSymbolTableCostsItsExactSizesOnly(@TempDir Path directory) throws IOException {
    byte[] program = Files.readAllBytes(GoFixtures.small("1.27.4"));
    ByteBuffer elf = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
    int header = (int) elf.getLong(40);
    while (elf.getInt(header + 4) != 2) {
      header += 64;
    }
    int symbols = (int) elf.getLong(header + 24);
    elf.putInt(symbols + 24 * 40, 0x7fff_ffff);
    Path damaged = Files.write(directory.resolve("damaged"), program);
    try (GoExecutable executable = GoFixtures.open(damaged)) {
      assertThat(executable.symbolSource()).isEqualTo(SymbolSource.PCLNTAB);
      assertThat(executable.function("main.main")).isPresent();
      assertThat(executable.notes())
          .singleElement()
          .asString()
          .contains("the symbol table cannot be used", Integer.toHexString(symbols + 24 * 40));
    }
  }

  private static GoBuild cgo(String version, String mode, String link) {
    return GoBuild.with(version)
        .environment("CGO_ENABLED", "1")
        .environment("CC", "clang")
        .flags("-buildmode=" + mode, "-ldflags=" + link);
  }

  @Test
  void aProgramInAnotherLanguageIsNotGo() {
    assertThat(GoExecutables.open(Path.of("/bin/true")))
        .isEqualTo(new OpenResult.NotGo("neither Go build info nor a Go function table in it"));
  }

  @Test
  void scriptsEmptyFilesAndDirectoriesAreToldApart(@TempDir Path directory) throws IOException {
    Path script = Files.writeString(directory.resolve("script"), "#!/bin/sh\n");
    Path empty = Files.writeString(directory.resolve("empty"), "");
    Path text = Files.writeString(directory.resolve("text"), "x");
    assertThat(GoExecutables.open(script))
        .isEqualTo(new OpenResult.NotGo("a script, not an ELF file"));
    assertThat(GoExecutables.open(empty)).isEqualTo(new OpenResult.NotGo("an empty file"));
    assertThat(GoExecutables.open(text)).isEqualTo(new OpenResult.NotGo("not an ELF file"));
    assertThat(GoExecutables.open(directory))
        .isEqualTo(new OpenResult.Unreadable(directory + " is not a regular file"));
    assertThat(GoExecutables.open(directory.resolve("none")))
        .isEqualTo(new OpenResult.Unreadable("no such file: " + directory.resolve("none")));
  }

  private static Map<String, Set<Long>> functionsOf(String version, List<String> flags) {
    Path path = GoBuild.program(version, flags, GoFixtures.SERVER);
    Map<String, Set<Long>> functions = new HashMap<>();
    // "  4a1b20  123 T net/http.(*conn).serve"
    for (String line :
        GoBuild.with(version).go("tool", "nm", "-size", path.toString()).split("\n")) {
      String[] f = line.strip().split("\\s+", 4);
      if (f.length == 4 && (f[2].equals("T") || f[2].equals("t")) && !f[1].equals("0")) {
        functions.computeIfAbsent(f[3], n -> new HashSet<>()).add(Long.parseUnsignedLong(f[0], 16));
      }
    }
    return functions;
  }
}
