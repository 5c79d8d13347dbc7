// SPDX-License-Identifier: Apache-2.0
/**
 * Metrics as Prometheus wants them: {@link io.goshawk.collector.prometheus.PrometheusText} writes
 * its text formats, {@link io.goshawk.collector.prometheus.PrometheusExporter} keeps what came last
 * of each series until somebody scrapes it.
 */
@NullMarked
package io.goshawk.collector.prometheus;

import org.jspecify.annotations.NullMarked;
