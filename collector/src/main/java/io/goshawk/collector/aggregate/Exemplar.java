// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.aggregate;

/**
 * A span that stands for many.
 *
 * @param epochNanos when it ended
 */
public record Exemplar(long traceHigh, long traceLow, long spanId, long epochNanos) {}
