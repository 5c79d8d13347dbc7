// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static io.goshawk.loader.probe.CatalogueRow.row;
import static io.goshawk.loader.probe.ProbePoint.end;
import static io.goshawk.loader.probe.ProbePoint.observe;
import static io.goshawk.loader.probe.ProbePoint.start;

import io.goshawk.abi.GrpcClientFailure;
import io.goshawk.abi.GrpcClientLayout;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.RecordType;
import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.probe.ProbePoint.Inside;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The clients of google.golang.org/grpc, which make a stream for each call, a unary one too. */
final class GrpcClientLibrary {

  static final Operation CLIENT_CALL = new Operation("grpc_client", "call of a gRPC client");

  private static final String MODULE = "google.golang.org/grpc";
  private static final String PACKAGE = MODULE + ".";
  private static final String TRANSPORT = MODULE + "/internal/transport.";
  private static final String HTTP2_CLIENT = TRANSPORT + "http2Client";
  private static final String CLIENT_STREAM = TRANSPORT + "ClientStream";
  private static final String STATUS = MODULE + "/internal/status.";

  /** What newClientStream defers, and calls where it makes no stream: since 1.78. */
  private static final String MADE_NONE = PACKAGE + "newClientStream.func1";

  /** A stream had its number only on the goroutine that writes. */
  private static final VersionRange NUMBERED_BY_WRITER = VersionRange.of(MODULE).before("1.49");

  private static final String END = PACKAGE + "endOfClientStream";
  private static final String MAKE = PACKAGE + "newClientStream";

  /** What newClientStream returns the results of. */
  private static final String MAKE_WITH_PARAMS = PACKAGE + "newClientStreamWithParams";

  private static final String TO_STATUS = PACKAGE + "toRPCErr";

  /** A stream is known before it is made, and nothing is called where none is. */
  private static final VersionRange FAILS_SILENTLY =
      VersionRange.of(MODULE).from("1.49").before("1.78");

  private static final String SEND = TRANSPORT + "(*http2Client).NewStream.func3";

  /** What puts a stream into its transport's map, by its number. */
  private static final String PUT_NUMBERED = "runtime.mapassign_fast32";

  /** If their returns that have made no stream are told, none needs to see that one was made. */
  private static final Inside.Apart RETURNS =
      new Inside.Apart(
          FAILS_SILENTLY,
          List.of(MAKE, MAKE_WITH_PARAMS),
          new Inside.Call(Optional.of(SEND), PUT_NUMBERED));

  private static final String ALL = "any call of a client";
  private static final String PEER = "network.peer.address";
  private static final String CODE = "rpc.status_code";
  private static final String RESPONSE = "rpc.response.metadata";
  private static final String CHILD = "which call of a server on this host each is";
  private static final String EARLY = CODE + " of streams that end while they are being made";

  static final ProbedLibrary ENTRY = entry();

  private GrpcClientLibrary() {}

  private static ProbedLibrary entry() {
    return ProbedLibrary.library(MODULE, MapLayout.GRPC_CLIENT_LAYOUT, GrpcClientLayout.FIELDS)
        .records(RecordType.RECORD_GRPC_CLIENT)
        .row(client())
        .row(
            RuntimeLibrary.panics("grpc.client", "call of a gRPC client", VersionRange.ALL)
                .relevantWith(MAKE))
        .value(
            "client_stream_type",
            ALL,
            "the type of a gRPC client's streams",
            "TYPES",
            GrpcClientLibrary::clientStream)
        .itab("status_error_itab", "*" + STATUS + "Error", "error", CODE)
        .itab("tcp_addr_itab", "*net.TCPAddr", "net.Addr", PEER)
        .itab("deadline_itab", "context.deadlineExceededError", "error", EARLY)
        .field("conn_target", PACKAGE + "ClientConn", "target", "server.address")
        .field("stream_finished", PACKAGE + "clientStream", "finished", EARLY)
        .field("stream_ctx", PACKAGE + "clientStream", "ctx", EARLY)
        .field("attempt_cs", PACKAGE + "csAttempt", "cs", ALL)
        .field(
            "attempt_transport",
            ALL,
            new StructField(PACKAGE + "csAttempt", "transport"),
            new StructField(PACKAGE + "csAttempt", "t"))
        .field("transport_peer", HTTP2_CLIENT, "remoteAddr", PEER)
        .field("transport_conn", HTTP2_CLIENT, "conn", CHILD)
        .field("transport_streams", HTTP2_CLIENT, "activeStreams", ALL)
        .field(
            "attempt_stream",
            RESPONSE,
            new StructField(PACKAGE + "csAttempt", "transportStream"),
            new StructField(PACKAGE + "csAttempt", "s"))
        .fact(
            "stream_pointed_to",
            RESPONSE,
            executable -> GrpcLibrary.STREAM_IS_POINTED_TO.contains(executable) ? 1 : 0)
        .field(
            "stream_header",
            RESPONSE,
            new StructField(CLIENT_STREAM, "header"),
            new StructField(TRANSPORT + "Stream", "header"))
        .field(
            "stream_trailer",
            RESPONSE,
            new StructField(CLIENT_STREAM, "Stream.trailer"),
            new StructField(TRANSPORT + "Stream", "trailer"))
        .field("tcp_addr_ip", "net.TCPAddr", "IP", PEER)
        .field("tcp_addr_port", "net.TCPAddr", "Port", PEER)
        .field("error_s", STATUS + "Error", "s", CODE)
        .field("status_s", STATUS + "Status", "s", CODE)
        .field(
            "status_code", "google.golang.org/genproto/googleapis/rpc/status.Status", "Code", CODE)
        .field("context_err", "context.cancelCtx", "err", EARLY)
        .build();
  }

  private static OptionalLong clientStream(GoExecutable executable) {
    return executable
        .types(Set.of(PACKAGE + "ClientStream", MODULE + "/internal/resolver.ClientStream"))
        .entrySet()
        .stream()
        .filter(type -> type.getValue().equals("*" + PACKAGE + "clientStream"))
        .mapToLong(Map.Entry::getKey)
        .findFirst();
  }

  private static CatalogueRow.Builder client() {
    return row("grpc.client")
        .gives("a span for each call that a gRPC client makes")
        .without("calls of gRPC clients have no span")
        .needsRuntime("g_goid")
        .needs(
            "client_stream_type",
            "status_error_itab",
            "attempt_cs",
            "attempt_transport",
            "transport_streams",
            "error_s",
            "status_s",
            "status_code",
            "stream_finished",
            "stream_ctx",
            "context_err")
        .usesRuntime("map_kind")
        .usesRuntime(RuntimeLibrary.errorMembers())
        .usesRuntime(RuntimeLibrary.PARENTS)
        .usesRuntime(RuntimeLibrary.CONNECTIONS)
        .uses(
            "conn_target",
            "transport_conn",
            "transport_peer",
            "attempt_stream",
            "stream_pointed_to",
            "stream_header",
            "stream_trailer",
            "tcp_addr_itab",
            "tcp_addr_ip",
            "tcp_addr_port",
            "deadline_itab")
        .probe(start("grpc_client_start").at(MAKE).arguments(6).oncePer(CLIENT_CALL))
        .probe(
            observe("grpc_client_send")
                .at(SEND)
                .atCallsOf(PUT_NUMBERED)
                .oncePer(CLIENT_CALL)
                .except(NUMBERED_BY_WRITER)
                .whereItIs())
        .probe(end("grpc_client_failed").at(MADE_NONE).atCallsOf(END).whereItIs())
        .probe(
            end("grpc_client_failed")
                .at(
                    MAKE_WITH_PARAMS,
                    FAILS_SILENTLY,
                    GrpcClientFailure.GRPC_FAILURE_RETURNED.value())
                .atNilReturns(RETURNS)
                .whereItIs())
        .probe(refused(MAKE + ".func3"))
        .probe(refused(MAKE + ".func4"))
        .probe(observe("grpc_client_made").at(MAKE).atNilReturns(RETURNS))
        .probe(
            observe("grpc_client_made")
                .at(MAKE)
                .atReturnsUnless(MADE_NONE, END, RETURNS)
                .oncePer(CLIENT_CALL))
        .probe(
            end("grpc_client_end")
                .at(PACKAGE + "(*clientStream).finish")
                .atCallsOf(PACKAGE + "(*csAttempt).finish")
                .oncePer(CLIENT_CALL));
  }

  /**
   * At that closure of newClientStream's, if it is the one around an interceptor of the resolver's.
   */
  private static ProbePoint.Builder refused(String closure) {
    int variant = GrpcClientFailure.GRPC_FAILURE_CONVERTED.value();
    return end("grpc_client_failed")
        .at(closure, FAILS_SILENTLY, variant)
        .behindAnyCallsOf(TO_STATUS, 2, variant)
        .whereItIs();
  }
}
