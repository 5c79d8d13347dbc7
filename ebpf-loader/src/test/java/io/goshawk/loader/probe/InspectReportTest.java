// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InspectReportTest {

  private final InspectReport report = at(AttributionLevel.CALLS);

  private static InspectReport at(AttributionLevel attribution) {
    return InspectReport.of(
        "/srv/\"shop\u001b\"\n",
        FakeExecutable.of("go1.26.8")
            .withoutFunction("net/http.(*ServeMux).ServeHTTP")
            .withoutField("runtime.g._panic")
            .withoutField("net/http.Request.TLS")
            .withCode("net/http.(*response).finishRequest", 0x48, 0x83, 0xec, 0x18, 0xc3),
        attribution);
  }

  @Test
  void tellsPeopleFirstWhichRowsAreOnAndWhatTheyCost() {
    assertThat(report.text(false, false))
        .startsWith(
            """
            executable   /srv/"shop\\x1b"\\n
            go           go1.26.8, amd64
            """)
        .contains(
            """
            http.server                 on   a span for each request that net/http serves
              without url.scheme
            http.server.abort           off  neither its type data""",
            "             2 per HTTP/1 request\n",
            """
            quic-go                     off  it is in the executable, and not traced yet
              so there are no spans for requests over HTTP/3
            """)
        .containsPattern("(?m)^details +--details shows sites and costs, and \\d+ more rows?, of")
        .doesNotContain(
            "ServeMux).ServeHTTP is not in",
            "net/http.serverHandler.ServeHTTP",
            "symbols",
            "layouts");
  }

  /** Whoever has no connections over TLS misses none, in whatever they are. */
  @Test
  void ofATypeThatTheProgramHasNoneOfNothingIsMissing() {
    FakeExecutable program =
        FakeExecutable.of("go1.26.8")
            .withoutField("crypto/tls.Conn.conn")
            .withoutField("errors.joinError.errs")
            .withoutType("*errors.joinError");
    String missing = "without the parents of requests whose client is watched on this host";
    assertThat(textOf(program)).contains(missing).doesNotContain("without the cause in error.type");

    program.withoutType("*crypto/tls.Conn");
    assertThat(textOf(program)).doesNotContain(missing);
  }

  /**
   * What one driver does not say of its calls others do, and none has to say that it is not used.
   */
  @Test
  void whatCallsByADriverLackIsSaidOfItAndOnlyIfTheProgramHasIt() {
    String connector = "github.com/jackc/pgx/v5/stdlib.connector";
    FakeExecutable program =
        FakeExecutable.of("go1.26.8")
            .module("github.com/jackc/pgx/v5", "v5.7.5")
            .module("github.com/lib/pq", "v1.10.9")
            .withCode("database/sql.(*DB).retry", 0xff, 0x12, 0x55, 0x5d, 0xc3) // calls *(%rdx)
            .withoutFunction("errors.Is") // which it would call as well
            .withoutField(connector + ".ConnConfig.Config.Host");
    String missing = "without server.address of calls by pgx\n";
    assertThat(textOf(program)).contains(missing);

    program.withoutType(connector);
    assertThat(textOf(program)).doesNotContain("without server.address");

    program.withoutType(RuntimeLibrary.ANY_ERROR);
    assertThat(textOf(program)).as("no itab can be read").contains(missing);
  }

  private static String textOf(FakeExecutable program) {
    return InspectReport.of("/srv/shop", program, AttributionLevel.CALLS).text(false, false);
  }

  @Test
  void tellsPeopleInDetailWhatIsOnAndWhatIsNot() {
    assertThat(report.text(true, false))
        .startsWith(
            """
            executable   /srv/"shop\\x1b"\\n
            go           go1.26.8, amd64
            """)
        .contains(
            "modules      1; --modules shows them\n",
            "symbols      Go's function table; the symbol table is stripped\n",
            "             2 per HTTP/1 request\n",
            "note         something is \"odd\"\n",
            """
            http.server                 on   a span for each request that net/http serves
              start    net/http.serverHandler.ServeHTTP
                       at 0x400000: push %rbp (emulated)
              end      net/http.(*response).finishRequest
                       at 0x400300: sub $0x18,%rsp (single-stepped)
              without url.scheme
            """,
            """
            http.server.abort           off  neither its type data, DWARF nor the layout table tells where runtime.g._panic is in a program of go1.26.8; build it without -ldflags=-w
              so HTTP/1 requests whose handler panics or takes the connection over have no span
            """,
            "http.route                  off  net/http.(*ServeMux).ServeHTTP is not in the executable\n",
            """
            quic-go                     off  it is in the executable, and not traced yet
              so there are no spans for requests over HTTP/3
            """);
  }

  @Test
  void tellsWhichRowsALevelOfAttributionLeavesOut() {
    String dial = "http.client.dial            ";
    assertThat(report.text(false, false)).contains(dial + "on   how long a request");
    assertThat(at(AttributionLevel.NONE).text(false, false))
        .contains(dial + "off  attribution none leaves it out\n", "http.client.retry           on");
  }

  @Test
  void saysThatAReleaseIsTracedThoughNobodyTriedIt() {
    assertThat(
            InspectReport.of("old", FakeExecutable.of("go1.28.0"), AttributionLevel.CALLS).notes())
        .contains(
            "it was built with go1.28.0 and is traced all the same; Goshawk is tested with Go 1.17"
                + " to 1.27");
    assertThat(report.notes()).hasSize(1);
  }

  @Test
  void saysInOneLineWhatServesUntraced() {
    FakeExecutable executable = FakeExecutable.of("go1.26.8");
    assertThat(UntracedServer.warning(UntracedServer.in(executable)))
        .hasValue(
            "there are no spans yet for requests over HTTP/3, nor for requests to fasthttp, on"
                + " which fiber stands");
    UntracedServer.KNOWN.forEach(server -> server.functions().forEach(executable::withoutFunction));
    assertThat(UntracedServer.warning(UntracedServer.in(executable))).isEmpty();
  }

  @Test
  void namesModulesOnDemand() {
    assertThat(report.text(false, true)).endsWith("modules      golang.org/x/net v0.58.0\n");
  }

  @Test
  void tellsProgramsTheSame() {
    assertThat(report.json())
        .contains(
            "\"path\": \"/srv/\\\"shop\\u001b\\\"\\n\"",
            "\"go_version\": \"go1.26.8\"",
            "\"symbol_source\": \"pclntab\"",
            """
                "http_1": {
                  "always": 2,
                  "while_needed": 0
                },
            """,
            """
                      "instruction": "sub $0x18,%rsp",
                      "cost": "single_stepped"
            """,
            """
                    "url.scheme"
                  ]
            """,
            """
                  "on": false,
                  "cause": "absent",
                  "reason": "net/http.(*ServeMux).ServeHTTP is not in the executable",
            """,
            """
                  "name": "fasthttp",
                  "lost": "requests to fasthttp, on which fiber stands"
            """,
            """
                  "member": "runtime.g_panic",
                  "source": "unknown"
            """);
  }
}
