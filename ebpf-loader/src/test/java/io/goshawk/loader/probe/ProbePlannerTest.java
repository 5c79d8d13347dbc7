// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.H2Variant;
import io.goshawk.abi.LayoutField;
import io.goshawk.abi.MapKind;
import io.goshawk.abi.MapLayout;
import io.goshawk.loader.go.Architecture;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.probe.PlannedRow.Cause;
import io.goshawk.loader.probe.PlannedRow.Off;
import io.goshawk.loader.probe.PlannedRow.On;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbePlannerTest {

  /** The planner's rules do not depend on the library: these are one's. */
  private static final ProbeCatalogue CATALOGUE =
      new ProbeCatalogue(List.of(RuntimeLibrary.ENTRY, HttpServerLibrary.ENTRY));

  private static ProbePlan plan(GoExecutable executable) {
    return ProbePlanner.plan(executable, CATALOGUE);
  }

  @Test
  void findsEveryRowThatTheReleaseHas() {
    ProbePlan plan = plan(FakeExecutable.of("go1.26.8"));
    assertThat(on(plan))
        .containsExactly(
            "http.server", "http.server.abort", "http2.server", "http2.server.x-net", "http.route");
    assertThat(reason(plan, "http2.server.x-net.wrapped"))
        .isEqualTo("there is no such function in go1.26.8");
  }

  @Test
  void saysWhereAndHowEachProgramIsAttached() {
    ProbePlan plan = plan(FakeExecutable.of("go1.26.8"));
    List<Site> sites = plan.row("http2.server.x-net").orElseThrow().sites();
    assertThat(sites)
        .extracting(Site::program)
        .containsExactly("http2_handler_start", "http2_handler_end");
    Site site = sites.get(1);
    assertThat(site.symbol()).isEqualTo("golang.org/x/net/http2.(*serverConn).runHandler.func1");
    assertThat(site.instruction()).isEqualTo("push %rbp");
    assertThat(site.cost()).isEqualTo(CostClass.EMULATED);
    assertThat(site.fileOffset()).isEqualTo(site.address() - 0x400000);
    assertThat(site.variant()).isEqualTo(H2Variant.H2_X_NET.value());
  }

  @ParameterizedTest
  @CsvSource({
    "go1.26.8, net/http.(*http2serverConn).runHandler.func1",
    "go1.27.4, net/http/internal/http2.(*serverConn).runHandler.func1",
  })
  void followsHttp2ToWhereTheReleaseKeepsIt(String release, String symbol) {
    ProbePlan plan = plan(FakeExecutable.of(release));
    assertThat(plan.row("http2.server").orElseThrow().sites())
        .extracting(Site::symbol)
        .containsExactly(symbol);
  }

  @Test
  void takesTwoTrapsForARequest() {
    ProbePlan plan = plan(FakeExecutable.of("go1.26.8"));
    assertThat(plan.trapsPer(HttpServerLibrary.HTTP_1)).isEqualTo(2);
    assertThat(plan.trapsPer(HttpServerLibrary.HTTP_2)).isEqualTo(2);
    assertThat(plan.detachableTrapsPer(HttpServerLibrary.HTTP_1)).isEqualTo(1);
  }

  @Test
  void turnsOffOnlyTheRowWhoseFunctionIsMissing() {
    String symbol = "net/http.(*ServeMux).ServeHTTP";
    ProbePlan plan = plan(FakeExecutable.of("go1.26.8").withoutFunction(symbol));
    assertThat(off(plan, "http.route"))
        .isEqualTo(new Off(Cause.ABSENT, symbol + " is not in the executable"));
    assertThat(on(plan)).hasSize(4).doesNotContain("http.route");
  }

  @Test
  void turnsOffARowOfWhichOnlyHalfIsThere() {
    String symbol = "golang.org/x/net/http2.(*serverConn).runHandler.func1";
    ProbePlan plan = plan(FakeExecutable.of("go1.26.8").withoutFunction(symbol));
    assertThat(reason(plan, "http2.server.x-net")).isEqualTo(symbol + " is not in the executable");
  }

  @Test
  void turnsOffARowWithoutASite() {
    ProbePlan plan =
        plan(
            FakeExecutable.of("go1.26.8")
                .withCode("net/http.(*conn).serve.func1", 0xf0, 0xff, 0x00, 0xc3));
    assertThat(off(plan, "http.server.abort").cause()).isEqualTo(Cause.UNSUPPORTED);
    assertThat(reason(plan, "http.server.abort"))
        .startsWith("net/http.(*conn).serve.func1 ")
        .contains("the kernel does not probe", "f0 ff 00");
    assertThat(on(plan)).hasSize(4);
  }

  @Test
  void turnsOffOnlyTheRowsThatNeedAFieldThatIsNotKnown() {
    ProbePlan plan =
        plan(
            FakeExecutable.of("go1.26.8")
                .withoutField("golang.org/x/net/http2.responseWriterState.status"));
    assertThat(off(plan, "http2.server.x-net"))
        .isEqualTo(
            new Off(
                Cause.UNSUPPORTED,
                "neither its type data, DWARF nor the layout table tells where"
                    + " golang.org/x/net/http2.responseWriterState.status is"
                    + " in a program of go1.26.8; build it without -ldflags=-w"));
    assertThat(on(plan)).hasSize(4);
  }

  @ParameterizedTest
  @CsvSource({
    "go1.18.10, 'neither its type data, DWARF nor the layout table tells where runtime.g._panic is"
        + " in a program of go1.18.10; build it without -ldflags=-w'",
    "go1.28.0, 'this release of Goshawk knows Go 1.17 to 1.27, and not where runtime.g._panic is"
        + " in a program of go1.28.0'",
  })
  void saysWhatIsWrongWithAReleaseRatherThanWithItsFields(String release, String reason) {
    ProbePlan plan = plan(FakeExecutable.of(release).withoutField("runtime.g._panic"));
    assertThat(reason(plan, "http.server.abort")).isEqualTo(reason);
  }

  @Test
  void doesNotAskForABuildThatWouldNotHelp() {
    String lacking = "golang.org/x/net/http2.responseWriterState.status";
    FakeExecutable executable =
        FakeExecutable.of("go1.26.8")
            .lacking(lacking)
            .withoutField("golang.org/x/net/http2.responseWriter.rws");
    assertThat(off(plan(executable), "http2.server.x-net"))
        .isEqualTo(new Off(Cause.UNSUPPORTED, lacking + " is not in the executable"));
  }

  @Test
  void turnsOffWhatRequiresARowThatIsOff() {
    ProbePlan plan = plan(FakeExecutable.of("go1.26.8").withoutField("net/http.Request.Method"));
    assertThat(plan.tracesAnything()).isFalse();
    assertThat(off(plan, "http.route"))
        .isEqualTo(new Off(Cause.ABSENT, "it needs the row http.server, which is off"));
    assertThat(off(plan, "http.server").cause()).isEqualTo(Cause.UNSUPPORTED);
  }

  @ParameterizedTest
  @CsvSource({"go1.20.14, 'it needs Go 1.21 or newer, and was built with go1.20.14'", "go1.21.0,"})
  void saysWhichReleaseHasWhatARowGoesBy(String release, @Nullable String reason) {
    ProbeCatalogue clients =
        new ProbeCatalogue(List.of(RuntimeLibrary.ENTRY, HttpClientLibrary.ENTRY));
    ProbePlan plan = ProbePlanner.plan(FakeExecutable.of(release), clients);
    PlannedRow row = plan.row("http2.client.link").orElseThrow();
    assertThat(row.isOn()).isEqualTo(reason == null);
    if (reason != null) {
      assertThat(row.state()).isEqualTo(new Off(Cause.UNSUPPORTED, reason));
    }
  }

  @Test
  void keepsARowThatCanDoWithoutAField() {
    ProbePlan plan = plan(FakeExecutable.of("go1.26.8").withoutField("net/http.Request.TLS"));
    On state = (On) plan.row("http.server").orElseThrow().state();
    assertThat(state.unknown())
        .filteredOn(member -> member.name().startsWith("http_server."))
        .extracting(LayoutMember::gives)
        .containsExactly("url.scheme");
    assertThat(u16(plan, "http_server.request.tls")).isEqualTo(0xffff);
  }

  @Test
  void packsTheOffsetsByTheNamesOfTheirMembers() {
    ProbePlan plan = plan(FakeExecutable.of("go1.26.8"));
    assertThat(plan.layouts())
        .containsOnlyKeys(MapLayout.RUNTIME_LAYOUT, MapLayout.HTTP_SERVER_LAYOUT)
        .allSatisfy((map, layout) -> assertThat(layout).hasSize(map.valueSize()));
    assertThat(u16(plan, "runtime.g_goid")).isEqualTo(FakeExecutable.offsetOf("runtime.g.goid"));
    assertThat(u16(plan, "http_server.request.remote_addr"))
        .isEqualTo(FakeExecutable.offsetOf("net/http.Request.RemoteAddr"));
    assertThat(u16(plan, "http_server.h2[0].writer_rws"))
        .isEqualTo(FakeExecutable.offsetOf("net/http.http2responseWriter.rws"));
    assertThat(u16(plan, "http_server.h2[1].rws_status"))
        .isEqualTo(FakeExecutable.offsetOf("golang.org/x/net/http2.responseWriterState.status"));
    assertThat(u16(plan, "http_server.server_request.method")).isEqualTo(0xffff);
  }

  @Test
  void readsTheMovedStructsOfGo127() {
    FakeExecutable executable =
        FakeExecutable.of("go1.27.4").withoutField("net/http.http2responseWriter.rws");
    ProbePlan plan = plan(executable);
    assertThat(u16(plan, "http_server.h2[0].writer_rws"))
        .isEqualTo(FakeExecutable.offsetOf("net/http/internal/http2.responseWriter.rws"));
    assertThat(u16(plan, "http_server.server_request.method"))
        .isEqualTo(FakeExecutable.offsetOf("net/http/internal/http2.ServerRequest.Method"));
  }

  @ParameterizedTest
  @CsvSource({
    "go1.23.12, '', MAP_BUCKETS",
    "go1.24.13, '', MAP_SWISS",
    "go1.25.14, 'noswissmap', MAP_BUCKETS",
    "go1.27.4, '', MAP_SWISS",
    "go1.27.4, 'jsonv2,mapsplitgroup', MAP_SWISS_SPLIT",
    "go1.27.4, 'nomapsplitgroup', MAP_SWISS",
  })
  void tellsHowMapsAreLaidOut(String release, String experiment, MapKind kind) {
    FakeExecutable executable = FakeExecutable.of(release).setting("GOEXPERIMENT", experiment);
    ProbePlan plan = plan(executable);
    assertThat(u16(plan, "runtime.map_kind")).isEqualTo(kind.value());
  }

  @ParameterizedTest
  @CsvSource({
    "go1.16.15, AMD64, 'it needs Go 1.17 or newer, and was built with go1.16.15'",
    "'', AMD64, 'its Go release is not known'",
    "go1.26.8, ARM64, 'it is built for arm64'",
  })
  void saysWhyAnExecutableCannotBeTracedAtAll(
      String release, Architecture architecture, String reason) {
    ProbePlan plan = plan(FakeExecutable.of(release).architecture(architecture));
    assertThat(plan.tracesAnything()).isFalse();
    assertThat(plan.rows())
        .hasSameSizeAs(CATALOGUE.rows())
        .allSatisfy(row -> assertThat(((Off) row.state()).reason()).contains(reason));
    assertThat(u16(plan, "runtime.g_goid")).isEqualTo(0xffff);
  }

  private static List<String> on(ProbePlan plan) {
    return plan.rows().stream().filter(PlannedRow::isOn).map(row -> row.row().name()).toList();
  }

  private static Off off(ProbePlan plan, String row) {
    return (Off) plan.row(row).orElseThrow().state();
  }

  private static String reason(ProbePlan plan, String row) {
    return off(plan, row).reason();
  }

  /** A member of a plan's layouts, by its full name. */
  private static int u16(ProbePlan plan, String member) {
    for (ProbedLibrary library : CATALOGUE.libraries()) {
      LibraryLayout layout = library.layout();
      for (LayoutField field : layout.fields()) {
        if (member.equals(layout.prefix() + field.name())) {
          byte[] bytes = plan.layouts().get(layout.map());
          return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getShort(field.offset())
              & 0xffff;
        }
      }
    }
    throw new AssertionError("no member " + member);
  }
}
