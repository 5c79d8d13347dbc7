// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.data;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceId;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.List;

/**
 * A span that has ended. Without events: the kernel records none. Its contexts are made for who
 * asks, since most spans leave without.
 */
public record FinishedSpan(
    String name,
    SpanKind kind,
    long traceHigh,
    long traceLow,
    long spanId,
    long parentSpanId,
    boolean parentIsRemote,
    TraceFlags traceFlags,
    TraceState traceState,
    StatusData status,
    long startEpochNanos,
    long endEpochNanos,
    Attributes attributes,
    int putAttributes,
    List<LinkData> links,
    int recordedLinks,
    Resource resource,
    InstrumentationScopeInfo scope)
    implements SpanData {

  @Override
  public String getName() {
    return name;
  }

  @Override
  public SpanKind getKind() {
    return kind;
  }

  @Override
  public String getTraceId() {
    return TraceId.fromLongs(traceHigh, traceLow);
  }

  @Override
  public String getSpanId() {
    return SpanId.fromLong(spanId);
  }

  @Override
  public String getParentSpanId() {
    return SpanId.fromLong(parentSpanId);
  }

  @Override
  public SpanContext getSpanContext() {
    return SpanContext.create(getTraceId(), getSpanId(), traceFlags, traceState);
  }

  @Override
  public SpanContext getParentSpanContext() {
    if (parentSpanId == 0) {
      return SpanContext.getInvalid();
    }
    return parentIsRemote
        ? SpanContext.createFromRemoteParent(
            getTraceId(), getParentSpanId(), traceFlags, traceState)
        : SpanContext.create(getTraceId(), getParentSpanId(), traceFlags, traceState);
  }

  @Override
  public StatusData getStatus() {
    return status;
  }

  @Override
  public long getStartEpochNanos() {
    return startEpochNanos;
  }

  @Override
  public long getEndEpochNanos() {
    return endEpochNanos;
  }

  @Override
  public Attributes getAttributes() {
    return attributes;
  }

  @Override
  public int getTotalAttributeCount() {
    return putAttributes;
  }

  @Override
  public List<EventData> getEvents() {
    return List.of();
  }

  @Override
  public int getTotalRecordedEvents() {
    return 0;
  }

  @Override
  public List<LinkData> getLinks() {
    return links;
  }

  @Override
  public int getTotalRecordedLinks() {
    return recordedLinks;
  }

  @Override
  public boolean hasEnded() {
    return true;
  }

  @Override
  public InstrumentationScopeInfo getInstrumentationScopeInfo() {
    return scope;
  }

  // The interface still asks for the scope's former name.
  @Override
  @Deprecated
  public io.opentelemetry.sdk.common.InstrumentationLibraryInfo getInstrumentationLibraryInfo() {
    return io.opentelemetry.sdk.common.InstrumentationLibraryInfo.create(
        scope.getName(), scope.getVersion());
  }

  @Override
  public Resource getResource() {
    return resource;
  }
}
