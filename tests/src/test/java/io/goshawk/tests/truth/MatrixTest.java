// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.GoToolchain;
import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One program of every Go release, built in every way that changes what the probes find: servers,
 * clients and queries, over HTTP/1 and HTTP/2, each its one span with the right status, route and
 * parent.
 */
@Tag("matrix")
class MatrixTest {

  private static final int REQUESTS = 50;

  /**
   * Over two protocols: a request that makes another one, three queries, and the requests' ends.
   */
  private static final int CALLS = 2 * REQUESTS * 10;

  private static final String MODULE = "tests/go/matrix";

  private static final Duration PROFILE_LIMIT = Duration.ofMinutes(3);

  private static final String FOR = ", for ";

  /** A request's parent is its client's span. */
  private static final String CLIENT = "the client of ";

  /** Go 1.21: since then a goroutine tells who has started it, and so a stream its caller. */
  private static final int FIRST_LINKED_STREAMS = 21;

  private static final Pattern NUMBER = Pattern.compile("n=(\\w+)");

  /** How a program is built: further flags of {@code go build}, and variables for it. */
  private record Build(String name, Map<String, String> settings, List<String> flags) {

    static Build of(String name, String... flags) {
      return new Build(name, Map.of("CGO_ENABLED", "0"), List.of(flags));
    }

    /** Linked by the C compiler's linker, with the runtime's own C. */
    static Build withC(String name, String... flags) {
      return new Build(name, Map.of("CGO_ENABLED", "1"), List.of(flags));
    }

    static Build with(String experiments) {
      return new Build(
          experiments, Map.of("CGO_ENABLED", "0", "GOEXPERIMENT", experiments), List.of());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** Of every release. */
  private static final List<Build> BUILDS =
      List.of(
          Build.of("as it is"),
          Build.of("stripped", "-ldflags=-s -w", "-trimpath"),
          Build.of("position-independent", "-buildmode=pie", "-ldflags=-s -w"),
          Build.of("not inlined", "-gcflags=all=-l"),
          Build.of("not optimized", "-gcflags=all=-N -l"));

  /** Of the oldest release, one in the middle, and the newest. */
  private static final List<Build> FURTHER_BUILDS =
      List.of(
          Build.withC("external linker", "-ldflags=-linkmode=external -s -w"),
          Build.withC("static with C", "-ldflags=-linkmode=external -extldflags=-static"),
          Build.withC(
              "position-independent, external linker",
              "-buildmode=pie",
              "-ldflags=-linkmode=external -s -w"),
          Build.of(
              "position-independent, not optimized",
              "-gcflags=all=-N -l",
              "-buildmode=pie",
              "-ldflags=-s -w"));

  /** The second numbers of those. */
  private static final List<Integer> FURTHER = List.of(17, 23, 27);

  /** The second numbers of some that take a profile. */
  private static final List<Integer> PROFILED = List.of(20, 23, 27);

  /** Requests over each protocol of which a profile is made. */
  private static final int PROFILED_REQUESTS = 4000;

  /**
   * By a release's second number what it does otherwise by itself, and what not (Go's {@code
   * internal/goexperiment/flags.go}): the former includes the maps of before 1.24, the latter the
   * third kind, of 1.27.
   */
  private static final Map<Integer, List<String>> EXPERIMENTS =
      Map.of(
          24, List.of("noswissmap,nospinbitmutex,nosynchashtriemap,noaliastypeparams"),
          25,
              List.of(
                  "noswissmap,nosynchashtriemap,nodwarf5",
                  "greenteagc,jsonv2,synctest,arenas,heapminimum512kib"),
          26,
              List.of(
                  "nogreenteagc,norandomizedheapbase64,nodwarf5",
                  "simd,runtimesecret,sizespecializedmalloc,runtimefreegc,goroutineleakprofile,"
                      + "jsonv2"),
          27,
              List.of(
                  "nojsonv2,nogreenteagc,nosizespecializedmalloc,norandomizedheapbase64,nodwarf5",
                  "mapsplitgroup,runtimefreegc,simd,runtimesecret,arenas,preemptibleloops,"
                      + "heapminimum512kib,cgocheck2"));

  private final Path folder = Repository.scratch("matrix");

  private static Stream<GoToolchain> toolchains() {
    return Stream.concat(GoToolchain.older().stream(), GoToolchain.all().stream());
  }

  static Stream<Arguments> programs() {
    return toolchains()
        .flatMap(
            go ->
                Stream.of(
                        BUILDS,
                        FURTHER.contains(go.minor()) ? FURTHER_BUILDS : List.<Build>of(),
                        EXPERIMENTS.getOrDefault(go.minor(), List.of()).stream()
                            .map(Build::with)
                            .toList())
                    .flatMap(List::stream)
                    .map(build -> Arguments.of(go, build)));
  }

  static Stream<GoToolchain> profiled() {
    return toolchains().filter(go -> PROFILED.contains(go.minor()));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("programs")
  void everyCallIsOneSpanUnderItsParent(GoToolchain go, Build build) {
    assertTruth(go, go.build(build.settings(), MODULE, ".", build.flags().toArray(String[]::new)));
  }

  /** What the program itself calls most is put into its callers, as far as that goes. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("profiled")
  void soItIsOfOneThatIsBuiltWithItsOwnProfile(GoToolchain go) {
    Path profile = folder.resolve("cpu.pprof");
    ChildProcess.run(
        folder,
        Map.of(),
        PROFILE_LIMIT,
        List.of(
            go.build(MODULE, ".").toString(),
            "--log",
            "/dev/null",
            "--requests",
            Integer.toString(PROFILED_REQUESTS),
            "--cpuprofile",
            profile.toString()));
    assertTruth(go, go.build(MODULE, ".", "-pgo=" + profile));
  }

  /** Arguments on the stack are none that anybody reads. */
  @Test
  void ofProgramsThatDoNotUseRegistersItIsSaidThatTheyAreNotTraced() {
    GoToolchain go = GoToolchain.newest();
    Path program =
        go.build(
            Map.of("CGO_ENABLED", "0", "GOEXPERIMENT", "noregabiargs,noregabiwrappers"),
            MODULE,
            ".");
    try (Goshawk agent = Goshawk.start(folder, Map.of(), "inspect", program.toString())) {
      agent.process().awaitExit(PROFILE_LIMIT);
      assertThat(agent.process().output() + agent.process().errors())
          .contains("function arguments on the stack");
    }
  }

  private void assertTruth(GoToolchain go, Path program) {
    Path truth = folder.resolve("truth.jsonl");
    Path traced = folder.resolve("traced.jsonl");
    CapturedRun.of(
        folder,
        traced,
        program,
        "--log",
        truth.toString(),
        "--requests",
        Integer.toString(REQUESTS));
    List<String> expected = new ArrayList<>();
    JsonLines.read(truth, line -> expected.add(described(line, go)));
    assertThat(expected).hasSize(CALLS);
    List<String> found = described(traced);
    assertThat(withoutParents(found)).containsExactlyInAnyOrderElementsOf(withoutParents(expected));
    expected.forEach(found::remove);
    // Where the kernel moves a page just then, a context cannot be read; a wrong parent there is
    // never.
    assertThat(found)
        .as("spans that lack their parent")
        .allMatch(each -> each.endsWith(FOR))
        .hasSizeLessThan(CALLS / 100);
  }

  private static String described(JsonObject call, GoToolchain go) {
    String what = text(call, "what");
    String parent = call.get("orphan").getAsBoolean() ? "" : text(call, "parent");
    if (text(call, "kind").equals("server")) {
      parent = what.startsWith("two") && go.minor() < FIRST_LINKED_STREAMS ? "" : CLIENT + what;
    }
    return describe(
        text(call, "kind"), what, call.get("status").getAsLong(), text(call, "route"), parent);
  }

  /**
   * All spans of a file. Whether an orphan has found its parent depends on the release, and is
   * never wrong.
   */
  private static List<String> described(Path traced) {
    Map<String, String> numbers = new HashMap<>();
    List<TracedSpan> spans = new ArrayList<>();
    TracedSpan.read(
        traced,
        span -> {
          spans.add(span);
          if (span.kind() == TracedSpan.SERVER) {
            numbers.put(span.spanId(), number(span, "url.query"));
          } else if (span.attributes().containsKey("url.full")) {
            numbers.put(span.spanId(), CLIENT + number(span, "url.full"));
          }
        });
    List<String> described = new ArrayList<>();
    for (TracedSpan span : spans) {
      String parent = numbers.getOrDefault(span.parentSpanId(), span.parentSpanId());
      Map<String, Object> attributes = span.attributes();
      if (attributes.containsKey("db.system.name")) {
        String summary =
            (String)
                attributes.getOrDefault("db.query.summary", attributes.get("db.operation.name"));
        boolean orphan = summary.equals("delete t");
        described.add(describe("sql", summary, 0, "", orphan ? "" : parent));
      } else {
        boolean server = span.kind() == TracedSpan.SERVER;
        described.add(
            describe(
                server ? "server" : "client",
                number(span, server ? "url.query" : "url.full"),
                (long) attributes.get("http.response.status_code"),
                (String) attributes.getOrDefault("http.route", ""),
                parent));
      }
    }
    return described;
  }

  private static List<String> withoutParents(List<String> described) {
    return described.stream().map(each -> each.substring(0, each.lastIndexOf(FOR))).toList();
  }

  private static String number(TracedSpan span, String attribute) {
    Matcher matcher = NUMBER.matcher((String) span.attributes().get(attribute));
    return matcher.find() ? matcher.group(1) : "";
  }

  private static String describe(
      String kind, String what, long status, String route, String parent) {
    return "%s %s, status %d, route %s%s%s".formatted(kind, what, status, route, FOR, parent);
  }

  private static String text(JsonObject object, String member) {
    return object.get(member).getAsString();
  }
}
