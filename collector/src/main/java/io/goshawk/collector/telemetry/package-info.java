// SPDX-License-Identifier: Apache-2.0
/**
 * Batches of encoded spans, wherever they came from: each span stays the bytes that it was, so that
 * events, links and fields that nobody here knows go through as they are. Resources and scopes are
 * bytes too, compared by content.
 *
 * <p>{@link io.goshawk.collector.telemetry.EncodedBatch} is what pipelines hand on; {@link
 * io.goshawk.collector.telemetry.SpanView} looks into a span, {@link
 * io.goshawk.collector.telemetry.AttributeMap} reads and changes attributes, {@link
 * io.goshawk.collector.telemetry.OtlpRequests} goes from and to the wire. It is the form that
 * {@link io.goshawk.spans.otlp.SpanBatch} takes when it leaves the drain thread.
 */
@NullMarked
package io.goshawk.collector.telemetry;

import org.jspecify.annotations.NullMarked;
