// SPDX-License-Identifier: Apache-2.0
/**
 * Ring records in, OpenTelemetry spans out. {@link io.goshawk.spans.SpanBuilder} is the door: it
 * checks a record, hands it to the package that knows its library ({@code .http}), and puts times,
 * trace context and the resource of the target process around what that package says.
 *
 * <p>Pure and without threads: a builder belongs to the one thread that drains the ring. A library
 * is added as a package with a {@link io.goshawk.spans.record.SpanDescriber} and one line in the
 * builder.
 */
@NullMarked
package io.goshawk.spans;

import org.jspecify.annotations.NullMarked;
