package io.goshawk.loader.go;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InlineTreeTest {

  private static final String SOURCE =
      """
      package main

      import (
      	"fmt"
      	"os"
      	"sync"
      )

      type point struct{ x, y int }

      func (p point) sum() int { return add(p.x, p.y) }

      func add(a, b int) int { return a + b }

      //go:noinline
      func never(a int) int { return add(a, a) }

      var mu sync.Mutex

      func main() {
      	mu.Lock()
      	defer mu.Unlock()
      	p := point{len(os.Args), 2}
      	fmt.Println(p.sum(), never(p.x))
      }
      """;

  private static final List<String> ASKED =
      List.of(
          "main.add",
          "main.point.sum",
          "main.never",
          "main.main",
          "sync.(*Mutex).Lock",
          "runtime.gopark",
          "main.none");

  static Stream<Arguments> builds() {
    return GoBuild.VERSIONS.stream()
        .flatMap(
            version ->
                Stream.of(List.of(), List.of("-ldflags=-s -w"), List.of("-buildmode=pie"))
                    .map(flags -> Arguments.of(version, flags)));
  }

  @ParameterizedTest
  @MethodSource("builds")
  void knowsWhichFunctionsTheCompilerCopiedIntoTheirCallers(String version, List<String> flags) {
    Path path = GoBuild.program(version, flags, SOURCE);
    try (GoExecutable executable = GoFixtures.open(path)) {
      assertThat(executable.inlined(ASKED))
          .containsExactlyInAnyOrder("main.add", "main.point.sum", "sync.(*Mutex).Lock");
      assertThat(executable.function("main.add")).as("it has no code of its own").isEmpty();
      assertThat(executable.notes()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("builds")
  void findsNothingInlinedInAProgramBuiltWithoutInlining(String version, List<String> flags) {
    Set<String> all = new HashSet<>(flags);
    all.add("-gcflags=-l");
    Path path = GoBuild.program(version, all.stream().sorted().toList(), SOURCE);
    try (GoExecutable executable = GoFixtures.open(path)) {
      assertThat(executable.inlined(List.of("main.add", "main.point.sum"))).isEmpty();
      assertThat(executable.function("main.add")).isPresent();
    }
  }
}
