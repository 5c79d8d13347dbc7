// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

class ItabsTest {

  static final List<String> VERSIONS = GoBuild.VERSIONS;

  /** Prints the first word of interface values, which is the address of their itab. */
  private static final String PRINTER =
      """
      package main

      import (
      	"bufio"
      	"context"
      	"fmt"
      	"io"
      	"net/http"
      	"os"
      	"time"
      	"unsafe"
      )

      type celsius float64

      func (c celsius) String() string { return "warm" }

      type handler struct{ n int }

      func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {}

      func main() {
      	var w io.Writer = bufio.NewWriter(os.Stdout)
      	var s fmt.Stringer = celsius(len(os.Args))
      	var h http.Handler = handler{len(os.Args)}
      	var c context.Context = context.Background()
      	c, cancel := context.WithTimeout(c, time.Hour)
      	defer cancel()
      	fmt.Printf("*bufio.Writer,io.Writer,%d\\n", *(*uintptr)(unsafe.Pointer(&w)))
      	fmt.Printf("main.celsius,fmt.Stringer,%d\\n", *(*uintptr)(unsafe.Pointer(&s)))
      	fmt.Printf("main.handler,net/http.Handler,%d\\n", *(*uintptr)(unsafe.Pointer(&h)))
      	fmt.Printf("*context.timerCtx,context.Context,%d\\n", *(*uintptr)(unsafe.Pointer(&c)))
      }
      """;

  static Stream<Arguments> builds() {
    return GoBuild.VERSIONS.stream()
        .flatMap(v -> Stream.of("-ldflags=", "-ldflags=-s -w").map(f -> Arguments.of(v, f)));
  }

  @ParameterizedTest
  @MethodSource("builds")
  void findsTheItabsThatTheRunningProgramUses(String version, String flags) {
    Path path = GoBuild.program(version, List.of(flags), PRINTER);
    String[] printed =
        GoBuild.run(path.getParent(), List.of(path.toString()), Map.of()).strip().split("\n");
    assertThat(printed).hasSize(4);
    try (GoExecutable executable = GoFixtures.open(path)) {
      for (String line : printed) {
        String[] f = line.split(",");
        assertThat(executable.itab(f[0], f[1])).as(line).hasValue(Long.parseLong(f[2]));
      }
      assertThat(executable.types(Set.of("io.Writer", "fmt.Stringer")).values())
          .contains("*bufio.Writer", "main.celsius")
          .doesNotContain("main.handler", "*context.timerCtx");
      assertThat(executable.types(Set.of("net/http.Handler")).values())
          .contains("main.handler")
          .doesNotContain("*bufio.Writer", "main.celsius");
      assertThat(executable.itab("*bufio.Writer", "net/http.Handler")).isEmpty();
      assertThat(executable.itab("bufio.Writer", "io.Writer")).isEmpty();
      assertThat(executable.notes()).isEmpty();
    }
  }

  @ParameterizedTest
  @FieldSource("VERSIONS")
  void aPositionIndependentProgramHasThemAtItsOwnAddresses(String version) {
    Path linked = GoFixtures.server(version, "-buildmode=pie");
    try (GoExecutable executable = GoFixtures.open(linked)) {
      OptionalLong itab = executable.itab("*net/http.response", "net/http.ResponseWriter");
      assertThat(itab).isPresent();
      if (!executable.version().atLeast(1, 27)) {
        // Go 1.27 has no symbols for them.
        assertThat(GoBuild.with(version).go("tool", "nm", linked.toString()).lines())
            .anyMatch(
                line ->
                    line.endsWith(" go:itab.*net/http.response,net/http.ResponseWriter")
                        && line.strip().startsWith(Long.toHexString(itab.getAsLong()) + " "));
      }
    }
  }
}
