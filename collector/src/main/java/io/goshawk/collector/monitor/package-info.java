// SPDX-License-Identifier: Apache-2.0
/**
 * What the agent says of itself over HTTP: whether it is well ({@link
 * io.goshawk.collector.monitor.HealthCheck}), its numbers for Prometheus ({@link
 * io.goshawk.collector.monitor.MetricsServer}), and pages for people ({@link
 * io.goshawk.collector.monitor.Zpages}). Each is a {@link io.goshawk.collector.monitor.PageServer}
 * with a thread of its own; on it the pages are made when somebody asks.
 */
@NullMarked
package io.goshawk.collector.monitor;

import org.jspecify.annotations.NullMarked;
