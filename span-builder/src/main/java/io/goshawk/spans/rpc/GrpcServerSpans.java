// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.rpc;

import static io.opentelemetry.semconv.RpcAttributes.RPC_METHOD;
import static io.opentelemetry.semconv.RpcAttributes.RPC_METHOD_ORIGINAL;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_ADDRESS;

import io.goshawk.abi.GrpcFlag;
import io.goshawk.abi.GrpcServerRecord;
import io.goshawk.abi.GrpcServerString;
import io.goshawk.abi.RecordType;
import io.goshawk.spans.headers.CapturedHeaders;
import io.goshawk.spans.otlp.EncodedAttribute;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.spans.record.IncomingTraceState;
import io.goshawk.spans.record.RecordShape;
import io.goshawk.spans.record.Refusal;
import io.goshawk.spans.record.SpanDescriber;
import io.goshawk.spans.record.SpanRecord;
import io.goshawk.spans.record.Truncated;
import io.goshawk.spans.rpc.RpcFields.CodeFields;
import io.goshawk.spans.rpc.RpcFields.HostFields;
import io.goshawk.spans.rpc.RpcFields.MethodFields;
import io.goshawk.spans.text.TextCache;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Describes calls that gRPC servers answer. Confined to the thread of the span builder.
 *
 * <p>Of the choices that the conventions leave: {@code server.*} are those of the authority that
 * the client named; a method that the server does not have is {@code _OTHER}. A status that could
 * not be read is none.
 */
public final class GrpcServerSpans extends SpanDescriber {
  private static final RecordShape SHAPE =
      new RecordShape(
          RecordType.RECORD_GRPC_SERVER,
          GrpcServerRecord.SIZE,
          GrpcServerRecord.OFFSET_STRINGS,
          GrpcServerRecord.LENGTH_STRINGS);

  private static final int METHOD = SHAPE.string(GrpcServerString.GRPC_SERVER_METHOD.value());
  private static final int AUTHORITY = SHAPE.string(GrpcServerString.GRPC_SERVER_AUTHORITY.value());
  private static final int TRACESTATE =
      SHAPE.string(GrpcServerString.GRPC_SERVER_TRACESTATE.value());

  private final RpcFields fields;
  private final @Nullable EncodedAttribute formerSystem;
  private final CapturedHeaders headers;
  private final TextCache<MethodFields> methods;
  private final TextCache<Optional<HostFields>> servers;
  private final Truncated truncated = new Truncated();

  public GrpcServerSpans(
      RpcSettings settings, CapturedHeaders headers, FieldEncoder encoder, String agentVersion) {
    super(SHAPE, "google.golang.org/grpc", agentVersion);
    fields = new RpcFields(settings, encoder);
    formerSystem = fields.formerSystem();
    this.headers = headers;
    methods = new TextCache<>(512, fields::method);
    servers = new TextCache<>(64, fields::server);
  }

  @Override
  public @Nullable Refusal describe(SpanRecord record, SpanDraft draft) {
    byte[] bytes = record.bytes();
    int base = record.base();
    truncated.clear();

    MethodFields method =
        has(record, GrpcFlag.GRPC_UNREGISTERED)
            ? fields.unregistered(record.string(METHOD))
            : record.string(METHOD, methods);
    draft.name(method.spanName(), SpanKind.SERVER);
    draft.put(fields.system());
    draft.putIfAny(formerSystem);
    draft.put(method.method());
    draft.putIfAny(method.formerService());
    draft.putIfAny(method.original());
    truncated.addIfCut(
        record, METHOD, method.original() == null ? RPC_METHOD : RPC_METHOD_ORIGINAL);

    if (!has(record, GrpcFlag.GRPC_CODE_NOT_KNOWN)) {
      describeOutcome(new GrpcCode(GrpcServerRecord.code(bytes, base)), draft);
    }

    if (record.stringLength(AUTHORITY) > 0) {
      record.string(AUTHORITY, servers).ifPresent(server -> server.describe(draft));
    }
    truncated.addIfCut(record, AUTHORITY, SERVER_ADDRESS);
    int peer = base + GrpcServerRecord.OFFSET_PEER;
    fields.describePeer(bytes, peer, draft);
    IncomingTraceState.describe(record, TRACESTATE, draft, truncated);
    RpcFields.addCutMetadata(GrpcServerRecord.flags(bytes, base), truncated);
    headers.describe(record, draft, truncated);
    truncated.describe(draft);
    return null;
  }

  private void describeOutcome(GrpcCode code, SpanDraft draft) {
    CodeFields outcome = fields.code(code);
    draft.put(outcome.code());
    draft.putIfAny(outcome.formerCode());
    if (code.isErrorOfServer()) {
      draft.status(StatusData.error());
      draft.put(outcome.errorType());
    }
  }

  private static boolean has(SpanRecord record, GrpcFlag flag) {
    return (GrpcServerRecord.flags(record.bytes(), record.base()) & flag.value()) != 0;
  }
}
