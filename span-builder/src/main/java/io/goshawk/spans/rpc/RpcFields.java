// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.rpc;

import static io.goshawk.spans.semconv.DevelopmentAttributes.RPC_GRPC_STATUS_CODE;
import static io.goshawk.spans.semconv.DevelopmentAttributes.RPC_SERVICE;
import static io.goshawk.spans.semconv.DevelopmentAttributes.RPC_SYSTEM;
import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PEER_ADDRESS;
import static io.opentelemetry.semconv.NetworkAttributes.NETWORK_PEER_PORT;
import static io.opentelemetry.semconv.RpcAttributes.RPC_METHOD;
import static io.opentelemetry.semconv.RpcAttributes.RPC_METHOD_ORIGINAL;
import static io.opentelemetry.semconv.RpcAttributes.RPC_STATUS_CODE;
import static io.opentelemetry.semconv.RpcAttributes.RPC_SYSTEM_NAME;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_ADDRESS;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_PORT;

import io.goshawk.abi.GrpcFlag;
import io.goshawk.abi.PeerAddress;
import io.goshawk.spans.otlp.EncodedAttribute;
import io.goshawk.spans.otlp.EncodedName;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.spans.record.PeerAddresses;
import io.goshawk.spans.record.Truncated;
import io.goshawk.spans.text.HostPort;
import io.goshawk.spans.text.TextCache;
import io.opentelemetry.semconv.RpcAttributes.RpcSystemNameValues;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What the strings and numbers of calls mean, with the attributes that say it. */
final class RpcFields {

  /**
   * In place of a method that the server does not have, of which there may be any number; and as
   * the type of an error of which nothing else is known.
   */
  private static final String OTHER = "_OTHER";

  private final FieldEncoder encoder;
  private final TextCache<HostFields> peers;
  private final boolean former;
  private final EncodedAttribute system;
  private final EncodedAttribute otherMethod;
  private final EncodedAttribute otherError;
  private final EncodedName systemName;
  private final List<CodeFields> codes;

  /** A method as the conventions want it. */
  record MethodFields(
      EncodedName spanName,
      EncodedAttribute method,
      @Nullable EncodedAttribute original,
      @Nullable EncodedAttribute formerService) {}

  /** How a call ended. */
  record CodeFields(
      EncodedAttribute code, EncodedAttribute errorType, @Nullable EncodedAttribute formerCode) {}

  /** An address, and a port. */
  record HostFields(EncodedAttribute address, @Nullable EncodedAttribute port) {
    void describe(SpanDraft draft) {
      draft.put(address);
      draft.putIfAny(port);
    }
  }

  RpcFields(RpcSettings settings, FieldEncoder encoder) {
    peers =
        new TextCache<>(
            256, PeerAddress.SIZE, (bytes, offset, length, cut) -> peer(bytes, offset, encoder));
    this.encoder = encoder;
    former = settings.formerAttributes();
    system = encoder.attribute(RPC_SYSTEM_NAME, RpcSystemNameValues.GRPC);
    systemName = encoder.name(RpcSystemNameValues.GRPC);
    otherMethod = encoder.attribute(RPC_METHOD, OTHER);
    otherError = encoder.attribute(ERROR_TYPE, OTHER);
    codes = IntStream.range(0, GrpcCode.KNOWN).mapToObj(code -> made(new GrpcCode(code))).toList();
  }

  private CodeFields made(GrpcCode code) {
    return new CodeFields(
        encoder.attribute(RPC_STATUS_CODE, code.word()),
        encoder.attribute(ERROR_TYPE, code.word()),
        former ? encoder.attribute(RPC_GRPC_STATUS_CODE, code.number()) : null);
  }

  EncodedAttribute system() {
    return system;
  }

  /** The same as it was called before the conventions were stable, if that is wanted. */
  @Nullable EncodedAttribute formerSystem() {
    return former ? encoder.attribute(RPC_SYSTEM, RpcSystemNameValues.GRPC) : null;
  }

  CodeFields code(GrpcCode code) {
    return code.isKnown() ? codes.get(code.number()) : made(code);
  }

  /** The type of an error whose code is not known. */
  EncodedAttribute otherError() {
    return otherError;
  }

  /** A method by the path that calls it, {@code /package.Service/Method}. */
  MethodFields method(String path) {
    String method = withoutSlash(path);
    return method.isEmpty()
        ? new MethodFields(systemName, otherMethod, null, null)
        : new MethodFields(
            encoder.name(method),
            encoder.attribute(RPC_METHOD, method),
            null,
            formerService(method));
  }

  /** A method that the server does not have. */
  MethodFields unregistered(String path) {
    String method = withoutSlash(path);
    return new MethodFields(
        systemName,
        otherMethod,
        encoder.attribute(RPC_METHOD_ORIGINAL, method),
        formerService(method));
  }

  private @Nullable EncodedAttribute formerService(String method) {
    int slash = method.lastIndexOf('/');
    return former && slash > 0 ? encoder.attribute(RPC_SERVICE, method.substring(0, slash)) : null;
  }

  private static String withoutSlash(String path) {
    return path.startsWith("/") ? path.substring(1) : path;
  }

  /** The server that a call is for, by its authority. */
  Optional<HostFields> server(String authority) {
    return server(HostPort.parse(authority));
  }

  /** The server that a call is for, by the target that was dialled. */
  Optional<HostFields> target(String target) {
    return server(DialTarget.server(target));
  }

  private Optional<HostFields> server(@Nullable HostPort host) {
    return host == null
        ? Optional.empty()
        : Optional.of(
            new HostFields(
                encoder.attribute(SERVER_ADDRESS, host.address()),
                host.port() == null ? null : encoder.attribute(SERVER_PORT, host.port())));
  }

  /**
   * Tells the other end of a TCP connection, if it is known.
   *
   * @param peer where {@code struct peer_address} begins
   */
  void describePeer(byte[] bytes, int peer, SpanDraft draft) {
    if (PeerAddress.length(bytes, peer) != 0) {
      peers.of(bytes, peer, PeerAddress.SIZE, false).describe(draft);
    }
  }

  /**
   * Names the metadata of which not all is there.
   *
   * @param flags {@link GrpcFlag}s of a record
   */
  static void addCutMetadata(int flags, Truncated truncated) {
    if ((flags & GrpcFlag.GRPC_METADATA_CUT.value()) != 0) {
      truncated.add("rpc.request.metadata");
    }
    if ((flags & GrpcFlag.GRPC_RESPONSE_CUT.value()) != 0) {
      truncated.add("rpc.response.metadata");
    }
  }

  private static HostFields peer(byte[] bytes, int peer, FieldEncoder encoder) {
    return new HostFields(
        encoder.attribute(NETWORK_PEER_ADDRESS, PeerAddresses.text(bytes, peer)),
        encoder.attribute(NETWORK_PEER_PORT, (long) PeerAddress.port(bytes, peer)));
  }
}
