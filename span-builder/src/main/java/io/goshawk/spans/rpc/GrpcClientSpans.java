// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.rpc;

import static io.opentelemetry.semconv.ErrorAttributes.ERROR_TYPE;
import static io.opentelemetry.semconv.RpcAttributes.RPC_METHOD;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_ADDRESS;

import io.goshawk.abi.EndReason;
import io.goshawk.abi.GrpcClientRecord;
import io.goshawk.abi.GrpcClientString;
import io.goshawk.abi.GrpcFlag;
import io.goshawk.abi.RecordType;
import io.goshawk.spans.failure.GoError;
import io.goshawk.spans.headers.CapturedHeaders;
import io.goshawk.spans.otlp.EncodedAttribute;
import io.goshawk.spans.otlp.FieldEncoder;
import io.goshawk.spans.otlp.SpanDraft;
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
 * Describes calls that gRPC clients make. Confined to the thread of the span builder.
 *
 * <p>Of the choices that the conventions leave: {@code server.*} are those of the target that was
 * dialled; {@code network.peer.*} those of the last attempt. A call that the application itself has
 * called off is {@code CANCELLED} and no error; one that panics has no status code, nor has one
 * whose error could not be read.
 */
public final class GrpcClientSpans extends SpanDescriber {
  private static final RecordShape SHAPE =
      new RecordShape(
          RecordType.RECORD_GRPC_CLIENT,
          GrpcClientRecord.SIZE,
          GrpcClientRecord.OFFSET_STRINGS,
          GrpcClientRecord.LENGTH_STRINGS);

  private static final int METHOD = SHAPE.string(GrpcClientString.GRPC_CLIENT_METHOD.value());
  private static final int TARGET = SHAPE.string(GrpcClientString.GRPC_CLIENT_TARGET.value());

  private final RpcFields fields;
  private final @Nullable EncodedAttribute formerSystem;
  private final CapturedHeaders headers;
  private final TextCache<MethodFields> methods;
  private final TextCache<Optional<HostFields>> servers;
  private final Truncated truncated = new Truncated();

  public GrpcClientSpans(
      RpcSettings settings, CapturedHeaders headers, FieldEncoder encoder, String agentVersion) {
    super(SHAPE, "google.golang.org/grpc", agentVersion);
    fields = new RpcFields(settings, encoder);
    formerSystem = fields.formerSystem();
    this.headers = headers;
    methods = new TextCache<>(512, fields::method);
    servers = new TextCache<>(64, fields::target);
  }

  @Override
  public @Nullable Refusal describe(SpanRecord record, SpanDraft draft) {
    byte[] bytes = record.bytes();
    int base = record.base();
    truncated.clear();

    MethodFields method = record.string(METHOD, methods);
    draft.name(method.spanName(), SpanKind.CLIENT);
    draft.put(fields.system());
    draft.putIfAny(formerSystem);
    draft.put(method.method());
    draft.putIfAny(method.formerService());
    truncated.addIfCut(record, METHOD, RPC_METHOD);

    describeOutcome(record, draft);
    record.string(TARGET, servers).ifPresent(server -> server.describe(draft));
    truncated.addIfCut(record, TARGET, SERVER_ADDRESS);
    int peer = base + GrpcClientRecord.OFFSET_PEER;
    fields.describePeer(bytes, peer, draft);
    RpcFields.addCutMetadata(GrpcClientRecord.flags(bytes, base), truncated);
    headers.describe(record, draft, truncated);
    truncated.describe(draft);
    return null;
  }

  private void describeOutcome(SpanRecord record, SpanDraft draft) {
    if (record.endReason() == EndReason.END_PANICKED) {
      draft.status(StatusData.error());
      draft.put(ERROR_TYPE, GoError.PANIC);
      return;
    }
    if (has(record, GrpcFlag.GRPC_CODE_NOT_KNOWN)) {
      draft.status(StatusData.error());
      draft.put(fields.otherError());
      return;
    }
    GrpcCode code = new GrpcCode(GrpcClientRecord.code(record.bytes(), record.base()));
    CodeFields outcome = fields.code(code);
    draft.put(outcome.code());
    draft.putIfAny(outcome.formerCode());
    boolean calledOff = code.equals(GrpcCode.CANCELLED) && has(record, GrpcFlag.GRPC_CALLED_OFF);
    if (!code.equals(GrpcCode.OK) && !calledOff) {
      draft.status(StatusData.error());
      draft.put(outcome.errorType());
    }
  }

  private static boolean has(SpanRecord record, GrpcFlag flag) {
    return (GrpcClientRecord.flags(record.bytes(), record.base()) & flag.value()) != 0;
  }
}
