// SPDX-License-Identifier: Apache-2.0
/**
 * Ring records as the kernel wrote them. {@link io.goshawk.spans.record.SpanRecord} is a flyweight
 * over one record, laid over the ring's memory and never kept; it checks every bound before anybody
 * reads. {@link io.goshawk.spans.record.SpanDescriber} is what a library implements.
 *
 * <p>Confined to the thread of the span builder.
 */
@NullMarked
package io.goshawk.spans.record;

import org.jspecify.annotations.NullMarked;
