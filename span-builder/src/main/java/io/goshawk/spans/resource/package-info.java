// SPDX-License-Identifier: Apache-2.0
/**
 * Who a span is from: the OpenTelemetry resource of a target process. Pure; the agent reads /proc
 * and the executable and hands over what it found as a {@link
 * io.goshawk.spans.resource.TargetProcess}, {@link io.goshawk.spans.resource.TargetResource} makes
 * a resource of it.
 */
@NullMarked
package io.goshawk.spans.resource;

import org.jspecify.annotations.NullMarked;
