// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static io.goshawk.loader.probe.CatalogueRow.row;
import static io.goshawk.loader.probe.ProbePoint.end;
import static io.goshawk.loader.probe.ProbePoint.start;

import io.goshawk.abi.GrpcLayout;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.RecordType;
import io.goshawk.loader.dwarf.StructField;
import java.util.OptionalLong;

/**
 * google.golang.org/grpc over its own transport. What its {@code Server.ServeHTTP} answers is a
 * request of net/http.
 */
final class GrpcLibrary {

  static final Operation SERVER_CALL = new Operation("grpc_server", "call to a gRPC server");

  private static final String MODULE = "google.golang.org/grpc";
  private static final String PACKAGE = MODULE + ".";
  private static final String TRANSPORT = MODULE + "/internal/transport.";
  private static final String HTTP2_SERVER = TRANSPORT + "http2Server";
  private static final String STATUS = MODULE + "/internal/status.Status";
  private static final String PROTO_STATUS =
      "google.golang.org/genproto/googleapis/rpc/status.Status";

  /** Each side's stream is a type of its own, and points to what both have: embedded since. */
  static final VersionRange STREAM_IS_POINTED_TO =
      VersionRange.of(MODULE).from("1.69").before("1.77");

  private static final String PEER = "network.peer.address";
  private static final String CODE = "rpc.status_code";
  private static final String ALL_CODES = CODE + " of the first calls";
  private static final String ZEROES = "the memory that is zero at first";
  private static final String RESPONSE = "rpc.response.metadata";
  private static final String CALLER = "parents in a client that is watched on this host";

  static final ProbedLibrary ENTRY = entry();

  private GrpcLibrary() {}

  private static ProbedLibrary entry() {
    return ProbedLibrary.library(MODULE, MapLayout.GRPC_LAYOUT, GrpcLayout.FIELDS)
        .records(RecordType.RECORD_GRPC_SERVER)
        .row(server())
        .row(unsent())
        .itab(
            "server_transport_itab",
            "*" + HTTP2_SERVER,
            TRANSPORT + "ServerTransport",
            "any call to a server")
        .itab("tcp_addr_itab", "*net.TCPAddr", "net.Addr", PEER)
        .itab("connection_error_itab", TRANSPORT + "ConnectionError", "error", "their end")
        .itab("deadline_itab", "context.deadlineExceededError", "error", CODE + " of late calls")
        .value(
            "zeroes",
            ALL_CODES,
            ZEROES,
            "SYMBOLS",
            executable -> OptionalLong.of(executable.zeroAddress()))
        .value(
            "zeroes_end",
            ALL_CODES,
            ZEROES,
            "SYMBOLS",
            executable -> OptionalLong.of(executable.zeroEndAddress()))
        .fact(
            "stream_pointed_to",
            "any call to a server",
            executable -> STREAM_IS_POINTED_TO.contains(executable) ? 1 : 0)
        .field("stream_ctx", "the parents of calls", streamField("ctx"))
        .field("stream_method", "rpc.method", streamField("method"))
        .field("stream_state", CODE + " of calls whose client is gone", streamField("state"))
        .field(
            "transport_peer",
            PEER,
            new StructField(HTTP2_SERVER, "peer.Addr"),
            new StructField(HTTP2_SERVER, "remoteAddr"))
        .field("stream_id", CALLER, streamField("id"))
        .field("transport_conn", HTTP2_SERVER, "conn", CALLER)
        .field(
            "stream_header",
            RESPONSE,
            new StructField(TRANSPORT + "ServerStream", "header"),
            new StructField(TRANSPORT + "Stream", "header"))
        .field("stream_trailer", RESPONSE, streamField("trailer"))
        .field("tcp_addr_ip", "net.TCPAddr", "IP", PEER)
        .field("tcp_addr_port", "net.TCPAddr", "Port", PEER)
        .field("status_s", STATUS, "s", CODE)
        .field("status_code", PROTO_STATUS, "Code", CODE)
        .field("status_message", PROTO_STATUS, "Message", "which methods nobody has registered")
        .field("context_err", "context.cancelCtx", "err", CODE + " of calls whose client is gone")
        .build();
  }

  /** A field of a stream: embedded in a server's, or what that points to, or all there is. */
  private static StructField[] streamField(String name) {
    return new StructField[] {
      new StructField(TRANSPORT + "ServerStream", "Stream." + name),
      new StructField(TRANSPORT + "Stream", name)
    };
  }

  private static CatalogueRow.Builder server() {
    return row("grpc.server")
        .gives("a span for each call that a gRPC server answers over its own transport")
        .without("calls to a gRPC server have no span")
        .relevantWith(PACKAGE + "NewServer")
        .needsRuntime("g_goid", "value_context_key", "value_context", "cancel_context")
        .needs(
            "server_transport_itab",
            "stream_ctx",
            "stream_method",
            "stream_state",
            "status_s",
            "status_code",
            "context_err")
        .usesRuntime("map_kind", "timer_context", "grpc_stream")
        .usesRuntime(RuntimeLibrary.CONNECTIONS)
        .uses(
            "stream_id",
            "stream_header",
            "stream_trailer",
            "transport_conn",
            "stream_pointed_to",
            "tcp_addr_itab",
            "transport_peer",
            "tcp_addr_ip",
            "tcp_addr_port",
            "deadline_itab",
            "zeroes",
            "zeroes_end",
            "status_message")
        .probe(
            start("grpc_server_start")
                .at(PACKAGE + "(*Server).handleStream")
                .arguments(4)
                .oncePer(SERVER_CALL))
        .probe(
            end("grpc_server_end")
                .at(TRANSPORT + "(*http2Server).writeStatus")
                .at(TRANSPORT + "(*http2Server).WriteStatus")
                .arguments(3)
                .oncePer(SERVER_CALL));
  }

  /** Until 1.84: nothing is attached where others come by. */
  private static CatalogueRow.Builder unsent() {
    return row("grpc.server.unsent")
        .gives("the end of a unary call whose connection was lost before its answer was sent")
        .without("such calls have no span")
        .requires("grpc.server")
        .needs("connection_error_itab")
        .probe(
            end("grpc_server_unsent")
                .at(PACKAGE + "(*Server).processUnaryRPC")
                .atCallsOf(MODULE + "/status.FromError", PACKAGE + "(*Server).sendResponse"));
  }
}
