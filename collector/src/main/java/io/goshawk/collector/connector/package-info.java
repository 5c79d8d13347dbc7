// SPDX-License-Identifier: Apache-2.0
/**
 * What makes metrics of spans: {@link io.goshawk.collector.connector.SpanMetrics} of each by
 * itself, {@link io.goshawk.collector.connector.ServiceGraph} of the two sides of a call. Both
 * measure into a {@link io.goshawk.collector.aggregate.MetricStore}, whoever brings batches, and
 * send what is in it by the graph's timer.
 */
@NullMarked
package io.goshawk.collector.connector;

import org.jspecify.annotations.NullMarked;
