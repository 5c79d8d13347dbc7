// SPDX-License-Identifier: Apache-2.0
/**
 * Spans as objects, for who looks into them, and what values of theirs have in common: {@link
 * io.goshawk.spans.data.FinishedSpan} is what {@link io.goshawk.spans.otlp.SpanBatch#spans} makes
 * of their encoded form.
 */
@NullMarked
package io.goshawk.spans.data;

import org.jspecify.annotations.NullMarked;
