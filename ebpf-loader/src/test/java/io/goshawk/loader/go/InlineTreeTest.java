// SPDX-License-Identifier: Apache-2.0
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

  static Stream<Arguments> builds() {
    return GoBuild.VERSIONS.stream()
        .flatMap(
            version ->
                Stream.of(List.of(), List.of("-ldflags=-s -w"), List.of("-buildmode=pie"))
                    .map(flags -> Arguments.of(version, flags)));
  }

  @ParameterizedTest
  @MethodSource("builds")
  void knowsWhereTheCompilerCopiedAFunctionIntoItsCaller(String version, List<String> flags) {
    Path path = GoBuild.program(version, flags, SOURCE);
    try (GoExecutable executable = GoFixtures.open(path)) {
      GoFunction main = executable.function("main.main").orElseThrow();
      assertThat(executable.inlinedCopies(main, "main.add"))
          .as("in the copy of sum, which lies in main")
          .hasSize(1);
      for (String copied : List.of("main.point.sum", "sync.(*Mutex).Lock")) {
        assertThat(executable.inlinedCopies(main, copied))
            .as(copied)
            .isNotEmpty()
            .allSatisfy(copy -> assertInside(main, copy));
      }
      for (String other : List.of("main.never", "main.main", "runtime.gopark", "main.none")) {
        assertThat(executable.inlinedCopies(main, other)).as(other).isEmpty();
      }
      GoFunction never = executable.function("main.never").orElseThrow();
      assertThat(executable.inlinedCopies(never, "main.add")).hasSize(1);
      assertThat(executable.inlinedCopies(never, "main.point.sum")).isEmpty();
      assertThat(executable.function("main.add")).as("it has no code of its own").isEmpty();
      assertThat(executable.notes()).isEmpty();
    }
  }

  private static void assertInside(GoFunction function, InlinedCopy copy) {
    long end = function.address();
    for (InlinedCopy.Range range : copy.ranges()) {
      assertThat(range.start()).isGreaterThanOrEqualTo(end);
      assertThat(range.end()).isGreaterThan(range.start());
      end = range.end();
    }
    assertThat(end).isLessThanOrEqualTo(function.address() + function.size());
    assertThat(copy.holds(copy.begin())).isTrue();
    assertThat(copy.holds(end)).isFalse();
  }

  @ParameterizedTest
  @MethodSource("builds")
  void knowsWhatIsCalledAtAnAddress(String version, List<String> flags) {
    Path path = GoBuild.program(version, flags, SOURCE);
    try (GoExecutable executable = GoFixtures.open(path)) {
      long address = executable.function("main.never").orElseThrow().address();
      assertThat(executable.functionAt(address)).contains("main.never");
      assertThat(executable.functionAt(address + 1)).isEmpty();
      assertThat(executable.functionAt(0)).isEmpty();
      assertThat(executable.functionAt(-1)).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("builds")
  void findsNothingInlinedInAProgramBuiltWithoutInlining(String version, List<String> flags) {
    Set<String> all = new HashSet<>(flags);
    all.add("-gcflags=-l");
    Path path = GoBuild.program(version, all.stream().sorted().toList(), SOURCE);
    try (GoExecutable executable = GoFixtures.open(path)) {
      GoFunction main = executable.function("main.main").orElseThrow();
      assertThat(executable.inlinedCopies(main, "main.add")).isEmpty();
      assertThat(executable.inlinedCopies(main, "main.point.sum")).isEmpty();
      assertThat(executable.function("main.add")).isPresent();
    }
  }
}
