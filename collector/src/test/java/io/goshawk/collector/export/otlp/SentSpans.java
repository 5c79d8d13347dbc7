// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import io.opentelemetry.exporter.internal.otlp.traces.TraceRequestMarshaler;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a request says, to compare one with another. */
final class SentSpans {
  private SentSpans() {}

  /** What the SDK itself sends. */
  static byte[] bySdk(List<SpanData> spans) throws IOException {
    ByteArrayOutputStream binary = new ByteArrayOutputStream();
    TraceRequestMarshaler.create(spans).writeBinaryTo(binary);
    return binary.toByteArray();
  }

  /** Each span with where it belongs: how they are grouped and in which order says nothing. */
  static List<String> normalised(ExportTraceServiceRequest request) {
    List<String> spans = new ArrayList<>();
    for (var resource : request.getResourceSpansList()) {
      for (var scope : resource.getScopeSpansList()) {
        String home =
            resource.getResource()
                + resource.getSchemaUrl()
                + scope.getScope()
                + scope.getSchemaUrl();
        scope.getSpansList().forEach(span -> spans.add(home + span));
      }
    }
    spans.sort(null);
    return spans;
  }
}
