/**
 * Spans as values: immutable, small, quickly made. {@link io.goshawk.spans.data.SpanDraft} is the
 * reusable form that a describer fills in; {@link io.goshawk.spans.data.FinishedSpan} and {@link
 * io.goshawk.spans.data.SpanAttributes} are what leaves it, safe to hand to any thread. {@link
 * io.goshawk.spans.data.NumericIds} and {@link io.goshawk.spans.data.AttributePairs} are for
 * encoders.
 */
@NullMarked
package io.goshawk.spans.data;

import org.jspecify.annotations.NullMarked;
