// SPDX-License-Identifier: Apache-2.0
/**
 * Spans as OTLP has them in Protocol Buffers' binary form, which is what they are from the drain
 * thread on: encoding them at once is cheaper than making objects that another thread would encode,
 * and what waits for a backend is small. {@link io.goshawk.spans.otlp.SpanDraft} is the reusable
 * form that a describer fills in, {@link io.goshawk.spans.otlp.SpanBuffer} gathers what it makes,
 * {@link io.goshawk.spans.otlp.SpanBatch} is safe to hand to any thread.
 */
@NullMarked
package io.goshawk.spans.otlp;

import org.jspecify.annotations.NullMarked;
