package io.goshawk.loader.probe;

import io.goshawk.abi.EndSite;
import io.goshawk.abi.H2Variant;
import io.goshawk.abi.RouteSite;
import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.probe.LayoutMember.FieldMember;
import io.goshawk.loader.probe.ProbePoint.InlinedInto;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The servers of net/http, of its HTTP/2 (bundled as {@code http2…} until Go 1.26,
 * net/http/internal/http2 from 1.27 on) and of golang.org/x/net/http2, where that brings its own.
 */
final class NetHttpLibrary {

  private static final int STANDARD = H2Variant.H2_STANDARD.value();
  private static final int X_NET = H2Variant.H2_X_NET.value();

  private static final String BUNDLED = "net/http.http2";
  private static final String INTERNAL = "net/http/internal/http2.";
  private static final String EXTERNAL = "golang.org/x/net/http2.";

  static final ProbedLibrary ENTRY =
      new ProbedLibrary(
          "net/http",
          List.of(server(), abort(), http2(), xNet(), xNetOver127(), route()),
          members());

  private NetHttpLibrary() {}

  private static CatalogueRow server() {
    return new CatalogueRow(
        "http.server",
        "a span for each request that net/http serves",
        "no HTTP server span at all",
        List.of(),
        Optional.empty(),
        List.of(
            new ProbePoint(
                "http_server_start",
                Role.START,
                always("net/http.serverHandler.ServeHTTP"),
                4,
                Set.of(Protocol.HTTP_1, Protocol.HTTP_2),
                Optional.empty(),
                // It ends with handler.ServeHTTP(rw, req).
                Optional.of(
                    new InlinedInto(
                        List.of("net/http.(*conn).serve", "net/http.initALPNRequest.ServeHTTP"),
                        InlinedInto.Place.CALLS,
                        STANDARD))),
            new ProbePoint(
                "http_server_end",
                Role.END,
                always("net/http.(*response).finishRequest"),
                1,
                Set.of(Protocol.HTTP_1),
                Optional.empty(),
                Optional.of(
                    new InlinedInto(
                        List.of("net/http.(*conn).serve"),
                        InlinedInto.Place.BEGIN,
                        EndSite.END_INLINED.value())))),
        Set.of(
            "g_goid",
            "request.method",
            "request.proto_major",
            "request.proto_minor",
            "request.request_uri",
            "response_status",
            "response_wrote_header"),
        Set.of(
            "map_kind",
            "request.header",
            "request.content_length",
            "request.host",
            "request.remote_addr",
            "request.tls",
            "request.pattern",
            "response_written"),
        false);
  }

  private static CatalogueRow abort() {
    return new CatalogueRow(
        "http.server.abort",
        "the end of an HTTP/1 request whose handler panicked or took the connection over",
        "such requests have no span",
        List.of("http.server"),
        Optional.empty(),
        List.of(
            new ProbePoint(
                "http_server_abort",
                Role.END,
                always("net/http.(*conn).serve.func1"),
                0,
                Set.of())),
        Set.of("g_panic", "response_cw_wrote_header"),
        Set.of(),
        false);
  }

  private static CatalogueRow http2() {
    return new CatalogueRow(
        "http2.server",
        "the end of an HTTP/2 request",
        "HTTP/2 requests have no span",
        List.of("http.server"),
        Optional.empty(),
        List.of(
            new ProbePoint(
                "http2_handler_end",
                Role.END,
                List.of(
                    new SymbolAlias(
                        "net/http.(*http2serverConn).runHandler.func1",
                        GoReleases.before(27),
                        STANDARD),
                    new SymbolAlias(
                        "net/http/internal/http2.(*serverConn).runHandler.func1",
                        GoReleases.from(27),
                        STANDARD)),
                0,
                Set.of(Protocol.HTTP_2))),
        writerNeeds(STANDARD),
        Set.of("h2[0].rws_wrote_bytes"),
        false);
  }

  private static CatalogueRow xNet() {
    return new CatalogueRow(
        "http2.server.x-net",
        "spans for requests that golang.org/x/net/http2 serves itself, for example over h2c",
        "such requests have no span",
        List.of("http.server"),
        Optional.empty(),
        List.of(
            new ProbePoint(
                "http2_handler_start",
                Role.START,
                List.of(
                    new SymbolAlias(
                        "golang.org/x/net/http2.(*serverConn).runHandler", GoReleases.ALL, X_NET)),
                3,
                Set.of()),
            new ProbePoint(
                "http2_handler_end",
                Role.END,
                List.of(
                    new SymbolAlias(
                        "golang.org/x/net/http2.(*serverConn).runHandler.func1",
                        GoReleases.ALL,
                        X_NET)),
                0,
                Set.of())),
        writerNeeds(X_NET),
        Set.of("h2[1].rws_wrote_bytes"),
        false);
  }

  /**
   * From Go 1.27 on x/net/http2 hands its connections to net/http's HTTP/2 without a
   * serverHandler.ServeHTTP. Only executables with that entrance pay the third trap.
   */
  private static CatalogueRow xNetOver127() {
    return new CatalogueRow(
        "http2.server.x-net.wrapped",
        "spans for requests that golang.org/x/net/http2 lets Go 1.27's own HTTP/2 serve",
        "such requests have no span",
        List.of("http2.server"),
        Optional.of("golang.org/x/net/http2.(*Server).serveConn"),
        List.of(
            new ProbePoint(
                "http2_handler_start",
                Role.START,
                List.of(
                    new SymbolAlias(
                        "net/http/internal/http2.(*serverConn).runHandler",
                        GoReleases.from(27),
                        STANDARD)),
                3,
                Set.of(Protocol.HTTP_2))),
        Set.of(
            "server_request.method",
            "server_request.proto_major",
            "server_request.proto_minor",
            "server_request.request_uri"),
        Set.of(
            "server_request.header",
            "server_request.content_length",
            "server_request.host",
            "server_request.remote_addr",
            "server_request.tls"),
        false);
  }

  private static CatalogueRow route() {
    return new CatalogueRow(
        "http.route",
        "http.route behind middleware that hands a copy of the request on",
        "such requests have no http.route",
        List.of("http.server"),
        Optional.empty(),
        List.of(
            new ProbePoint(
                "http_route",
                Role.OBSERVE,
                List.of(
                    new SymbolAlias(
                        "net/http.(*ServeMux).ServeHTTP",
                        GoReleases.ALL,
                        RouteSite.ROUTE_AT_ENTRY.value())),
                4,
                Set.of(Protocol.HTTP_1, Protocol.HTTP_2),
                // (h Handler, pattern string, …): the pattern is in the third and fourth register.
                Optional.of(
                    new ProbePoint.AfterCall(
                        "net/http.(*ServeMux).findHandler", 2, 2, RouteSite.ROUTE_FOUND.value())),
                Optional.empty())),
        Set.of("request.pattern"),
        Set.of("g_parent_goid"),
        true);
  }

  private static List<SymbolAlias> always(String symbol) {
    return List.of(new SymbolAlias(symbol, GoReleases.ALL, STANDARD));
  }

  private static Set<String> writerNeeds(int variant) {
    String h2 = "h2[" + variant + "].";
    return Set.of(
        "g_panic",
        h2 + "writer_rws",
        h2 + "rws_status",
        h2 + "rws_wrote_header",
        h2 + "rws_sent_header");
  }

  private static List<LayoutMember> members() {
    List<LayoutMember> members = new ArrayList<>();
    String response = "net/http.response";
    members.add(
        LayoutMember.field("response_status", response, "status", "http.response.status_code"));
    members.add(
        LayoutMember.field(
            "response_wrote_header", response, "wroteHeader", "http.response.status_code"));
    members.add(
        LayoutMember.field("response_written", response, "written", "http.response.body.size"));
    members.add(
        LayoutMember.field(
            "response_cw_wrote_header", response, "cw.wroteHeader", "the status after a panic"));
    requestMembers(members, "request.", "net/http.Request");
    requestMembers(members, "server_request.", INTERNAL + "ServerRequest");
    members.add(LayoutMember.field("request.pattern", "net/http.Request", "Pattern", "http.route"));
    writerMembers(members, STANDARD, List.of(BUNDLED, INTERNAL));
    writerMembers(members, X_NET, List.of(EXTERNAL));
    return members;
  }

  private static void requestMembers(List<LayoutMember> members, String prefix, String struct) {
    String[][] fields = {
      {"method", "Method", "http.request.method"},
      {"proto_major", "ProtoMajor", "network.protocol.version"},
      {"proto_minor", "ProtoMinor", "network.protocol.version"},
      {"header", "Header", "traceparent and what else comes in headers"},
      {"content_length", "ContentLength", "http.request.body.size"},
      {"host", "Host", "server.address"},
      {"remote_addr", "RemoteAddr", "client.address and network.peer.address"},
      {"request_uri", "RequestURI", "url.path and url.query"},
      {"tls", "TLS", "url.scheme"},
    };
    for (String[] field : fields) {
      members.add(LayoutMember.field(prefix + field[0], struct, field[1], field[2]));
    }
  }

  /** The types of an HTTP/2 server have the same fields in all of its copies. */
  private static void writerMembers(
      List<LayoutMember> members, int variant, List<String> packages) {
    String[][] fields = {
      {"writer_rws", "responseWriter", "rws", "the end of a request"},
      {"rws_status", "responseWriterState", "status", "http.response.status_code"},
      {"rws_wrote_header", "responseWriterState", "wroteHeader", "http.response.status_code"},
      {"rws_sent_header", "responseWriterState", "sentHeader", "the status after a panic"},
      {"rws_wrote_bytes", "responseWriterState", "wroteBytes", "http.response.body.size"},
    };
    for (String[] field : fields) {
      List<StructField> places =
          packages.stream().map(name -> new StructField(name + field[1], field[2])).toList();
      members.add(new FieldMember("h2[" + variant + "]." + field[0], field[3], places));
    }
  }
}
