// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static io.goshawk.loader.probe.CatalogueRow.row;
import static io.goshawk.loader.probe.ProbePoint.end;
import static io.goshawk.loader.probe.ProbePoint.observe;
import static io.goshawk.loader.probe.ProbePoint.start;

import io.goshawk.abi.HttpClientConnection;
import io.goshawk.abi.HttpClientLayout;
import io.goshawk.abi.HttpDialStage;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.RecordType;
import io.goshawk.loader.dwarf.StructField;

/**
 * The clients of net/http, whose transport all requests of an http.Client pass, and of
 * golang.org/x/net/http2, whose transport can be used without it.
 */
final class HttpClientLibrary {

  static final Operation HTTP_1 = new Operation("http_1_client", "HTTP/1 request of a client");
  static final Operation HTTP_2 = new Operation("http_2_client", "HTTP/2 request of a client");

  private static final VersionRange BEFORE_127 = VersionRange.of(VersionRange.GO).before("1.27");
  private static final VersionRange FROM_127 = VersionRange.of(VersionRange.GO).from("1.27");

  private static final int CONNECTION_1 = HttpClientConnection.CONNECTION_HTTP1.value();
  private static final int CONNECTION_2 = HttpClientConnection.CONNECTION_HTTP2.value();
  private static final int X_NET = HttpClientConnection.CONNECTION_X_NET.value();
  private static final int NONE = HttpClientConnection.CONNECTION_NONE.value();

  private static final String STANDARD = "net/http.";
  private static final String INTERNAL = "net/http/internal/http2.";
  private static final String EXTERNAL = "golang.org/x/net/http2.";

  /** Older releases do not know which goroutine has started another one. */
  private static final int FIRST_WITH_PARENTS = 21;

  private static final String PEER = "network.peer.address";
  private static final String CHILD = "which request of a server on this host each is";

  static final ProbedLibrary ENTRY = entry();

  private HttpClientLibrary() {}

  private static ProbedLibrary entry() {
    return ProbedLibrary.library("net/http", MapLayout.HTTP_CLIENT_LAYOUT, HttpClientLayout.FIELDS)
        .records(RecordType.RECORD_HTTP_CLIENT)
        .typesOf("error")
        .row(client())
        .row(connection())
        .row(retry())
        .row(http2Link())
        .row(dial())
        .row(xNet())
        .row(xNetLink())
        .row(panics())
        .field("request_method", STANDARD + "Request", "Method", "http.request.method")
        .field("request_url", STANDARD + "Request", "URL", "url.full")
        .field("request_header", STANDARD + "Request", "Header", "the application's own spans")
        .field("request_body", STANDARD + "Request", "Body", "http.request.body.size")
        .field(
            "request_content_length",
            STANDARD + "Request",
            "ContentLength",
            "http.request.body.size")
        .field(
            "request_response",
            STANDARD + "Request",
            "Response",
            "http.request.resend_count of redirects")
        .field("request_ctx", STANDARD + "Request", "ctx", "parents on other goroutines")
        .field("response_status", STANDARD + "Response", "StatusCode", "http.response.status_code")
        .field(
            "response_proto_major", STANDARD + "Response", "ProtoMajor", "network.protocol.version")
        .field(
            "response_proto_minor", STANDARD + "Response", "ProtoMinor", "network.protocol.version")
        .field(
            "response_content_length",
            STANDARD + "Response",
            "ContentLength",
            "http.response.body.size")
        .field(
            "response_request",
            STANDARD + "Response",
            "Request",
            "http.request.resend_count of redirects")
        .field("response_header", STANDARD + "Response", "Header", "http.response.header.*")
        .field("url.scheme", "net/url.URL", "Scheme", "url.full")
        .field("url.opaque", "net/url.URL", "Opaque", "url.full")
        .field("url.user", "net/url.URL", "User", "that url.full had credentials")
        .field("url.host", "net/url.URL", "Host", "server.address and server.port")
        .field("url.path", "net/url.URL", "Path", "url.full")
        .field("url.raw_path", "net/url.URL", "RawPath", "the escapes in url.full")
        .field("url.raw_query", "net/url.URL", "RawQuery", "url.full")
        .field("http1_conn", STANDARD + "persistConn", "conn", PEER)
        .field(
            "http2_conn",
            PEER,
            new StructField(STANDARD + "http2ClientConn", "tconn"),
            new StructField(INTERNAL + "ClientConn", "tconn"))
        .field("x_net_conn", EXTERNAL + "ClientConn", "tconn", PEER)
        .field("h2[0].stream_cc", CHILD, h2StreamField("cc"))
        .field("h2[0].stream_id", CHILD, h2StreamField("ID"))
        .field("h2[1].stream_cc", EXTERNAL + "clientStream", "cc", CHILD)
        .field("h2[1].stream_id", EXTERNAL + "clientStream", "ID", CHILD)
        .field("fd_raddr", "net.netFD", "raddr", PEER)
        .field("tcp_addr_ip", "net.TCPAddr", "IP", PEER)
        .field("tcp_addr_port", "net.TCPAddr", "Port", PEER)
        .build();
  }

  private static StructField[] h2StreamField(String name) {
    return new StructField[] {
      new StructField(STANDARD + "http2clientStream", name),
      new StructField(INTERNAL + "clientStream", name)
    };
  }

  private static CatalogueRow.Builder client() {
    String roundTrip = STANDARD + "(*Transport).roundTrip";
    return row("http.client")
        .gives("a span for each request that an http.Client or http.Transport sends")
        .without("such requests have no span")
        .needsRuntime("g_goid")
        .needs(
            "request_method",
            "request_url",
            "response_status",
            "url.scheme",
            "url.host",
            "url.path",
            "url.raw_query")
        .usesRuntime("map_kind")
        .usesRuntime(RuntimeLibrary.errorMembers())
        .usesRuntime(RuntimeLibrary.PARENTS)
        .uses(
            "request_header",
            "request_body",
            "request_content_length",
            "request_response",
            "request_ctx",
            "response_proto_major",
            "response_proto_minor",
            "response_content_length",
            "response_request",
            "response_header",
            "url.opaque",
            "url.user",
            "url.raw_path")
        .probe(start("http_client_start").at(roundTrip).arguments(2).oncePer(HTTP_1, HTTP_2))
        .probe(
            end("http_client_end")
                .at(roundTrip)
                .atExits(roundTrip + ".func1")
                .oncePer(HTTP_1, HTTP_2));
  }

  /** Since Go 1.23 roundTrip has a deferred function, which sees a panic as well. */
  private static CatalogueRow.Builder panics() {
    return RuntimeLibrary.panics(
            "http.client", "client's request", VersionRange.of(VersionRange.GO).before("1.23"))
        .relevantWith(STANDARD + "(*Transport).roundTrip");
  }

  private static CatalogueRow.Builder connection() {
    return row("http.client.connection")
        .gives(
            "network.peer.address and network.peer.port of requests that clients send, and which"
                + " request of a server on this host each is")
        .without("requests of clients have no network.peer.address, and no child in their server")
        .requires("http.client")
        .needs("fd_raddr", "tcp_addr_ip", "tcp_addr_port")
        .usesRuntime(RuntimeLibrary.CONNECTIONS)
        .uses("http1_conn", "http2_conn")
        .probe(
            observe("http_client_attempt")
                .at(STANDARD + "(*persistConn).roundTrip", VersionRange.ALL, CONNECTION_1)
                .arguments(2)
                .oncePer(HTTP_1))
        .probe(
            observe("http_client_attempt")
                .at(STANDARD + "(*http2ClientConn).roundTrip", BEFORE_127, CONNECTION_2)
                // Before Go 1.23.
                .at(STANDARD + "(*http2ClientConn).RoundTrip", BEFORE_127, CONNECTION_2)
                .at(INTERNAL + "(*ClientConn).roundTrip", FROM_127, CONNECTION_2)
                .arguments(2)
                .oncePer(HTTP_2)
                .whereItIs());
  }

  private static CatalogueRow.Builder retry() {
    return row("http.client.retry")
        .gives("a span for each attempt, where a transport makes several")
        .without("they are one span")
        .requires("http.client.connection")
        .probe(
            observe("http_client_failed")
                .at(STANDARD + "(*persistConn).shouldRetryRequest", VersionRange.ALL, CONNECTION_1)
                .arguments(4))
        .probe(
            observe("http_client_failed")
                .at(STANDARD + "http2shouldRetryRequest", BEFORE_127, CONNECTION_2)
                .at(INTERNAL + "shouldRetryRequest", FROM_127, CONNECTION_2)
                .arguments(3)
                .whereItIs())
        .probe(observe("http_client_attempt").at(STANDARD + "rewindBody", VersionRange.ALL, NONE));
  }

  private static CatalogueRow.Builder http2Link() {
    return row("http2.client.link")
        .gives("which request of a server on this host a client's request over HTTP/2 is")
        .without("requests of clients over HTTP/2 have no child in their server")
        .requires("http.client.connection")
        .needsGo(FIRST_WITH_PARENTS)
        .needs("h2[0].stream_cc", "h2[0].stream_id", "http2_conn")
        .needsRuntime("g_parent_goid")
        .probe(
            observe("http2_client_send")
                .at(
                    STANDARD + "(*http2clientStream).encodeAndWriteHeaders",
                    BEFORE_127,
                    CONNECTION_2)
                .at(INTERNAL + "(*clientStream).encodeAndWriteHeaders", FROM_127, CONNECTION_2)
                .arguments(2)
                .oncePer(HTTP_2)
                .whereItIs());
  }

  private static CatalogueRow.Builder xNetLink() {
    return row("http2.client.x-net.link")
        .gives("which request of a server on this host one of golang.org/x/net/http2's client is")
        .without("requests of golang.org/x/net/http2's clients have no child in their server")
        .requires("http2.client.x-net")
        .needsGo(FIRST_WITH_PARENTS)
        .needs("h2[1].stream_cc", "h2[1].stream_id", "x_net_conn")
        .needsRuntime("g_parent_goid")
        .usesRuntime(RuntimeLibrary.CONNECTIONS)
        .probe(
            observe("http2_client_send")
                .at(EXTERNAL + "(*clientStream).encodeAndWriteHeaders", VersionRange.ALL, X_NET)
                .arguments(2));
  }

  private static CatalogueRow.Builder dial() {
    String dialConn = STANDARD + "(*Transport).dialConn";
    CatalogueRow.Builder row =
        row("http.client.dial")
            .gives("how long a request of net/http's client waited for a connection, and for what")
            .without("a request's time is not told apart from that of making its connection")
            .requires("http.client.connection")
            .attribution(AttributionLevel.CALLS)
            .needs("http1_conn")
            .probe(observe("http_client_waits").at(STANDARD + "(*Transport).queueForDial"))
            .probe(observe("http_dial_start").at(dialConn))
            .probe(observe("http_dial_end").at(dialConn).atReturns());
    // lookupIPAddr is called with addresses as well, and asks nobody about them.
    stage(
        row,
        HttpDialStage.HTTP_DIAL_LOOKUP,
        "internal/singleflight.(*Group).DoChan",
        "net.(*Resolver).lookupIPAddr");
    String connect = "net.(*sysDialer).dialParallel";
    stage(row, HttpDialStage.HTTP_DIAL_CONNECT, connect, connect);
    String handshake = STANDARD + "(*persistConn).addTLS";
    stage(row, HttpDialStage.HTTP_DIAL_HANDSHAKE, handshake, handshake);
    return row;
  }

  private static void stage(
      CatalogueRow.Builder row, HttpDialStage stage, String begins, String returns) {
    row.probe(
            observe("http_dial_stage")
                .at(begins, VersionRange.ALL, stage.value())
                .arguments(1)
                .whereItIs())
        .probe(
            observe("http_dial_stage_end")
                .at(returns, VersionRange.ALL, stage.value())
                .atReturns()
                .whereItIs());
  }

  private static CatalogueRow.Builder xNet() {
    // RoundTripOpt is all of it in older releases, and a small one that calls the other in newer
    // ones.
    String[] roundTrip = {
      EXTERNAL + "(*Transport).roundTripViaPool", EXTERNAL + "(*Transport).RoundTripOpt"
    };
    return row("http2.client.x-net")
        .gives("spans for requests that golang.org/x/net/http2 sends itself, for example over h2c")
        .without("such requests have no span")
        .requires("http.client")
        .uses("x_net_conn")
        .probe(start("http2_client_start").at(roundTrip[0]).at(roundTrip[1]).arguments(2))
        .probe(end("http2_client_end").at(roundTrip[0]).at(roundTrip[1]).atReturns())
        .probe(
            observe("http_client_attempt")
                .at(EXTERNAL + "(*ClientConn).internalRoundTrip", VersionRange.ALL, X_NET)
                .at(EXTERNAL + "(*ClientConn).roundTrip", VersionRange.ALL, X_NET)
                .at(EXTERNAL + "(*ClientConn).RoundTrip", VersionRange.ALL, X_NET)
                .arguments(2))
        .probe(
            observe("http_client_failed")
                .at(EXTERNAL + "shouldRetryRequest", VersionRange.ALL, X_NET)
                .arguments(3));
  }
}
