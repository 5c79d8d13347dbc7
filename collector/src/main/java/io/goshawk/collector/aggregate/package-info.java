// SPDX-License-Identifier: Apache-2.0
/**
 * Counts and histograms of what happened, by resource and attributes: measurements in, OTLP metrics
 * out. {@link io.goshawk.collector.aggregate.Recorder} is what feeds it, whether it saw each call
 * or was told of many at once; {@link io.goshawk.collector.aggregate.MetricStore} holds the series
 * and bounds them. Confined to one thread at a time.
 */
@NullMarked
package io.goshawk.collector.aggregate;

import org.jspecify.annotations.NullMarked;
