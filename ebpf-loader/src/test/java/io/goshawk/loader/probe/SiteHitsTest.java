// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static io.goshawk.loader.probe.CatalogueRow.row;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingLong;
import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.MapLayout;
import io.goshawk.loader.go.GoBuild;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoFixtures;
import io.goshawk.loader.go.GoFunction;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Planned sites on the live kernel: each is hit once per call, whatever the stack does. Needs root
 * and a mounted tracefs.
 */
class SiteHitsTest {

  /**
   * A thousand calls of functions with each form of stack check, on stacks that are too small at
   * first, and a thousand HTTP requests on one connection.
   */
  private static final String PROGRAM =
      """
      package main

      import (
      	"io"
      	"net"
      	"net/http"
      )

      //go:noinline
      func small(n int) int {
      	if n == 1 {
      		return 1
      	}
      	return small(n-1) + 1
      }

      //go:noinline
      func medium(n int) int {
      	var buffer [1000]byte
      	buffer[n] = 1
      	if n == 1 {
      		return int(buffer[n])
      	}
      	return medium(n-1) + int(buffer[n/2])
      }

      //go:noinline
      func large(n int) int {
      	var buffer [100000]byte
      	buffer[n] = 1
      	return int(buffer[n/2])
      }

      func main() {
      	done := make(chan int)
      	go func() { done <- small(1000) }()
      	<-done
      	go func() { done <- medium(999) + medium(1) }()
      	<-done
      	for i := 0; i < 1000; i++ {
      		go func() { done <- large(i) }()
      		<-done
      	}

      	listener, err := net.Listen("tcp", "127.0.0.1:0")
      	if err != nil {
      		panic(err)
      	}
      	mux := http.NewServeMux()
      	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
      	server := &http.Server{Handler: mux}
      	go server.Serve(listener)
      	for i := 0; i < 1000; i++ {
      		response, err := http.Get("http://" + listener.Addr().String())
      		if err != nil {
      			panic(err)
      		}
      		io.Copy(io.Discard, response.Body)
      		response.Body.Close()
      	}
      }
      """;

  static Stream<Arguments> builds() {
    return ProbedPrograms.builds();
  }

  @ParameterizedTest(name = "go{0} {1}")
  @MethodSource("builds")
  void aSiteIsHitOncePerCall(String version, String flag) throws Exception {
    Path program = GoBuild.program(version, ProbedPrograms.flags(flag), PROGRAM);
    Map<String, Long> hits;
    try (GoExecutable executable = GoFixtures.open(program);
        TracefsUprobes probes = new TracefsUprobes(program)) {
      for (String name : List.of("small", "medium", "large")) {
        GoFunction function = executable.function("main." + name).orElseThrow();
        probes.at(name + "Entry", executable.fileOffset(function.address()));
        probes.at(name + "Site", site(executable, function.name()).fileOffset());
      }
      for (PlannedRow row : ProbePlanner.plan(executable).rows()) {
        row.sites().forEach(site -> probes.at(named(site), site.fileOffset()));
      }
      probes.attach();
      GoBuild.run(program.getParent(), List.of(program.toString()), Map.of());
      hits =
          probes.hits().entrySet().stream()
              .collect(groupingBy(SiteHitsTest::program, summingLong(Map.Entry::getValue)));
    }
    assertThat(hits)
        .containsEntry("smallSite", 1000L)
        .containsEntry("mediumSite", 1000L)
        .containsEntry("largeSite", 1000L)
        .containsEntry("http_server_start", 1000L)
        .containsEntry("http_server_end", 1000L)
        .containsEntry("http_route", 1000L)
        .containsEntry("http2_handler_end", 0L);
    assertThat(hits.get("http_server_abort")).as("once per connection").isLessThanOrEqualTo(1);
    // Otherwise nothing was shown: the stack did grow, and the entries did run again.
    assertThat(hits.get("smallEntry")).isGreaterThan(1000);
    assertThat(hits.get("mediumEntry")).isGreaterThan(1000);
    assertThat(hits.get("largeEntry")).isGreaterThan(1000);
  }

  /** A name for each site, since a program may have several. */
  private static String named(Site site) {
    return site.program() + "__" + Long.toHexString(site.fileOffset());
  }

  private static String program(Map.Entry<String, Long> hits) {
    return hits.getKey().split("__")[0];
  }

  /** The site that a catalogue of only this function leads to. */
  private static Site site(GoExecutable executable, String symbol) {
    ProbedLibrary library =
        ProbedLibrary.library("lib", MapLayout.RUNTIME_LAYOUT, List.of())
            .row(row("row").probe(ProbePoint.observe("any").at(symbol).arguments(1)))
            .build();
    ProbeCatalogue catalogue = new ProbeCatalogue(List.of(library));
    return ProbePlanner.plan(executable, catalogue).row("row").orElseThrow().sites().get(0);
  }
}
