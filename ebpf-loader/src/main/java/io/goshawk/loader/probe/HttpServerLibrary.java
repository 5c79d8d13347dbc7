// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static io.goshawk.loader.probe.CatalogueRow.row;
import static io.goshawk.loader.probe.ProbePoint.end;
import static io.goshawk.loader.probe.ProbePoint.observe;
import static io.goshawk.loader.probe.ProbePoint.start;

import io.goshawk.abi.EndSite;
import io.goshawk.abi.H2Variant;
import io.goshawk.abi.HttpServerLayout;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.RecordType;
import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.probe.LayoutMember.Place;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The servers of net/http, of its HTTP/2 (bundled as {@code http2…} until Go 1.26,
 * net/http/internal/http2 from 1.27 on) and of golang.org/x/net/http2, where that brings its own.
 */
final class HttpServerLibrary {

  static final Operation HTTP_1 = new Operation("http_1", "HTTP/1 request");
  static final Operation HTTP_2 = new Operation("http_2", "HTTP/2 request");

  private static final VersionRange BEFORE_127 = VersionRange.of(VersionRange.GO).before("1.27");
  private static final VersionRange FROM_127 = VersionRange.of(VersionRange.GO).from("1.27");

  private static final int STANDARD = H2Variant.H2_STANDARD.value();
  private static final int X_NET = H2Variant.H2_X_NET.value();

  private static final String WRITER = "net/http.ResponseWriter";

  private static final String BUNDLED = "net/http.http2";
  private static final String INTERNAL = "net/http/internal/http2.";
  private static final String EXTERNAL = "golang.org/x/net/http2.";

  private static final String CALLER = "parents in a client that is watched on this host";
  private static final String CONTEXT_GIVES = "the parents of calls with a request's context";

  private static final String ROUTE_OF_REQUEST = "http.route from the Request itself";

  private static final String RESPONSE_HEADERS = "http.response.header.*";

  static final ProbedLibrary ENTRY = entry();

  private HttpServerLibrary() {}

  private static ProbedLibrary entry() {
    ProbedLibrary.Builder library =
        ProbedLibrary.library("net/http", MapLayout.HTTP_SERVER_LAYOUT, HttpServerLayout.FIELDS)
            .records(RecordType.RECORD_HTTP_SERVER)
            .typesOf(WRITER)
            .row(server())
            .row(abort())
            .row(http2())
            .row(xNet())
            .row(xNetOver127())
            .row(route());
    String response = "net/http.response";
    library
        .itab("response_itab", "*" + response, WRITER, "HTTP/1 requests")
        .field("response_status", response, "status", "http.response.status_code")
        .field("response_wrote_header", response, "wroteHeader", "http.response.status_code")
        .field("response_written", response, "written", "http.response.body.size")
        .field("response_content_length", response, "contentLength", "http.response.body.size")
        .field("response_cw_wrote_header", response, "cw.wroteHeader", "the status after a panic")
        .field("response_request", response, "req", ROUTE_OF_REQUEST)
        .field("response_handler_header", response, "handlerHeader", RESPONSE_HEADERS)
        .field("response_cw_header", response, "cw.header", RESPONSE_HEADERS)
        .field("response_conn", response, "conn", CALLER)
        .field("conn_rwc", "net/http.conn", "rwc", CALLER);
    requestFields(library, "request.", "net/http.Request");
    requestFields(library, "server_request.", INTERNAL + "ServerRequest");
    library
        .field("request.pattern", "net/http.Request", "Pattern", ROUTE_OF_REQUEST)
        .field("request.url", "net/http.Request", "URL", "http.route behind writers that record")
        .field("request.context", "net/http.Request", "ctx", CONTEXT_GIVES)
        .field("server_request.context", INTERNAL + "ServerRequest", "Context", CONTEXT_GIVES);
    // Go 1.27 wraps a *net/http/internal/http2.responseWriter.
    writerItab(library, STANDARD, "*net/http.http2responseWriter", "net/http.http2ResponseWriter");
    writerItab(library, X_NET, "*" + EXTERNAL + "responseWriter");
    writerFields(library, STANDARD, BUNDLED, INTERNAL);
    requestOfWriter(library, STANDARD, BUNDLED, BEFORE_127);
    requestOfWriter(library, X_NET, EXTERNAL, VersionRange.ALL);
    writerFields(library, X_NET, EXTERNAL);
    return library.build();
  }

  private static CatalogueRow.Builder server() {
    return row("http.server")
        .gives("a span for each request that net/http serves")
        .without("no HTTP server span at all")
        .needsRuntime("g_goid")
        .needs(
            "request.method",
            "request.proto_major",
            "request.proto_minor",
            "request.request_uri",
            "response_itab",
            "response_status",
            "response_wrote_header")
        .usesRuntime("map_kind")
        .usesRuntime(RuntimeLibrary.CONNECTIONS)
        .uses(
            "response_conn",
            "conn_rwc",
            "request.header",
            "request.content_length",
            "request.host",
            "request.remote_addr",
            "request.tls",
            "request.pattern",
            "request.context",
            "response_written",
            "response_content_length",
            "response_request",
            "response_handler_header",
            "response_cw_header")
        .probe(
            start("http_server_start")
                .at("net/http.serverHandler.ServeHTTP")
                .arguments(4)
                .oncePer(HTTP_1, HTTP_2)
                // It ends with handler.ServeHTTP(rw, req).
                .atCallsWhereInlined(
                    0, "net/http.(*conn).serve", "net/http.initALPNRequest.ServeHTTP"))
        .probe(
            end("http_server_end")
                .at(
                    "net/http.(*response).finishRequest",
                    VersionRange.ALL,
                    EndSite.END_AT_ENTRY.value())
                .arguments(1)
                .oncePer(HTTP_1)
                .whereInlined(EndSite.END_INLINED.value(), "net/http.(*conn).serve"));
  }

  private static CatalogueRow.Builder abort() {
    return row("http.server.abort")
        .gives("the end of an HTTP/1 request whose handler panicked or took the connection over")
        .without("HTTP/1 requests whose handler panics or takes the connection over have no span")
        .requires("http.server")
        .needsRuntime("g_panic")
        .needs("response_cw_wrote_header")
        .probe(end("http_server_abort").at("net/http.(*conn).serve.func1"));
  }

  private static CatalogueRow.Builder http2() {
    return row("http2.server")
        .gives("the end of an HTTP/2 request")
        .without("HTTP/2 requests have no span")
        .requires("http.server")
        .needsRuntime("g_panic")
        .needs(writerNeeds(STANDARD))
        .uses(writerUses(STANDARD))
        .probe(
            end("http2_handler_end")
                .at("net/http.(*http2serverConn).runHandler.func1", BEFORE_127, STANDARD)
                .at("net/http/internal/http2.(*serverConn).runHandler.func1", FROM_127, STANDARD)
                .oncePer(HTTP_2));
  }

  private static CatalogueRow.Builder xNet() {
    String runHandler = "golang.org/x/net/http2.(*serverConn).runHandler";
    return row("http2.server.x-net")
        .gives("spans for requests that golang.org/x/net/http2 serves itself, for example over h2c")
        .without("requests that golang.org/x/net/http2 serves itself have no span")
        .requires("http.server")
        .needsRuntime("g_panic")
        .needs(writerNeeds(X_NET))
        .uses(writerUses(X_NET))
        .usesRuntime("g_parent_goid")
        .probe(start("http2_handler_start").at(runHandler, VersionRange.ALL, X_NET).arguments(3))
        .probe(end("http2_handler_end").at(runHandler + ".func1", VersionRange.ALL, X_NET));
  }

  /**
   * From Go 1.27 on x/net/http2 hands its connections to net/http's HTTP/2 without a
   * serverHandler.ServeHTTP. Only executables with that entrance pay the third trap.
   */
  private static CatalogueRow.Builder xNetOver127() {
    return row("http2.server.x-net.wrapped")
        .gives("spans for requests that golang.org/x/net/http2 lets Go 1.27's own HTTP/2 serve")
        .without("requests that golang.org/x/net/http2 lets Go's own HTTP/2 serve have no span")
        .requires("http2.server")
        .relevantWith("golang.org/x/net/http2.(*Server).serveConn")
        .needs(
            "server_request.method",
            "server_request.proto_major",
            "server_request.proto_minor",
            "server_request.request_uri")
        .uses(
            "server_request.header",
            "server_request.content_length",
            "server_request.host",
            "server_request.remote_addr",
            "server_request.tls",
            "server_request.context")
        .probe(
            start("http2_handler_start")
                .at("net/http/internal/http2.(*serverConn).runHandler", FROM_127, STANDARD)
                .arguments(3)
                .oncePer(HTTP_2));
  }

  private static CatalogueRow.Builder route() {
    return row("http.route")
        .gives("http.route behind middleware that hands a copy of the request on")
        .without(
            "requests behind middleware that hands a copy of them on have no http.route, or an outer"
                + " router's")
        .requires("http.server")
        .uses("request.url")
        .usesRuntime("g_parent_goid")
        .detachable()
        .probe(
            observe("http_route")
                .at("net/http.(*ServeMux).ServeHTTP")
                .oncePer(HTTP_1, HTTP_2)
                // (h Handler, pattern string, …): the pattern is in the third and fourth register.
                .afterCall(
                    2,
                    2,
                    "net/http.(*ServeMux).findHandler",
                    // Where the main module's go.mod, or GODEBUG, says httpmuxgo121=1.
                    "net/http.(*serveMux121).findHandler",
                    // Before Go 1.22.
                    "net/http.(*ServeMux).Handler"));
  }

  private static String[] writerNeeds(int variant) {
    return Stream.of(
            "writer_itab", "writer_rws", "rws_status", "rws_wrote_header", "rws_sent_header")
        .map(member -> "h2[" + variant + "]." + member)
        .toArray(String[]::new);
  }

  private static String[] writerUses(int variant) {
    return Stream.of(
            "rws_wrote_bytes",
            "rws_sent_content_length",
            "rws_handler_header",
            "rws_snap_header",
            "rws_request",
            "rws_stream",
            "stream_id",
            "stream_sc",
            "sc_conn")
        .map(member -> "h2[" + variant + "]." + member)
        .toArray(String[]::new);
  }

  private static void requestFields(ProbedLibrary.Builder library, String prefix, String struct) {
    library
        .field(prefix + "method", struct, "Method", "http.request.method")
        .field(prefix + "proto_major", struct, "ProtoMajor", "network.protocol.version")
        .field(prefix + "proto_minor", struct, "ProtoMinor", "network.protocol.version")
        .field(prefix + "header", struct, "Header", "traceparent and what else comes in headers")
        .field(prefix + "content_length", struct, "ContentLength", "http.request.body.size")
        .field(prefix + "host", struct, "Host", "server.address")
        .field(
            prefix + "remote_addr", struct, "RemoteAddr", "client.address and network.peer.address")
        .field(prefix + "request_uri", struct, "RequestURI", "url.path and url.query")
        .field(prefix + "tls", struct, "TLS", "url.scheme");
  }

  /** What handlers of an HTTP/2 server are given, of a type that an executable has one of. */
  private static void writerItab(ProbedLibrary.Builder library, int variant, String... types) {
    library.value(
        "h2[" + variant + "].writer_itab",
        "the end of a request",
        "the itab of " + String.join(" or ", types) + " as " + WRITER,
        "TYPES",
        executable ->
            Stream.of(types)
                .map(type -> executable.itab(type, WRITER))
                .filter(OptionalLong::isPresent)
                .findFirst()
                .orElse(OptionalLong.empty()));
  }

  /** Where such a server holds the Request; Go 1.27's own has none. */
  private static void requestOfWriter(
      ProbedLibrary.Builder library, int variant, String home, VersionRange releases) {
    library.field(
        "h2[" + variant + "].rws_request",
        ROUTE_OF_REQUEST,
        new Place(new StructField(home + "responseWriterState", "req"), releases));
  }

  /** The types of an HTTP/2 server have the same fields in all of its copies. */
  private static void writerFields(ProbedLibrary.Builder library, int variant, String... packages) {
    String[][] fields = {
      {"writer_rws", "responseWriter", "rws", "the end of a request"},
      {"rws_status", "responseWriterState", "status", "http.response.status_code"},
      {"rws_wrote_header", "responseWriterState", "wroteHeader", "http.response.status_code"},
      {"rws_sent_header", "responseWriterState", "sentHeader", "the status after a panic"},
      {"rws_wrote_bytes", "responseWriterState", "wroteBytes", "http.response.body.size"},
      {
        "rws_sent_content_length",
        "responseWriterState",
        "sentContentLen",
        "http.response.body.size"
      },
      {"rws_handler_header", "responseWriterState", "handlerHeader", RESPONSE_HEADERS},
      {"rws_snap_header", "responseWriterState", "snapHeader", RESPONSE_HEADERS},
      {"rws_stream", "responseWriterState", "stream", CALLER},
      {"stream_id", "stream", "id", CALLER},
      {"stream_sc", "stream", "sc", CALLER},
      {"sc_conn", "serverConn", "conn", CALLER},
    };
    for (String[] field : fields) {
      library.field(
          "h2[" + variant + "]." + field[0],
          field[3],
          Stream.of(packages)
              .map(name -> new StructField(name + field[1], field[2]))
              .toArray(StructField[]::new));
    }
  }
}
