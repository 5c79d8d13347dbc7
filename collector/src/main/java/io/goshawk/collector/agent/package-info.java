// SPDX-License-Identifier: Apache-2.0
/**
 * The tracer's life: which binaries carry probes, which processes are traced, the thread that
 * drains the ring and the one that controls.
 *
 * <p>Start reading at {@link io.goshawk.collector.agent.Agent}; the order of starting and stopping
 * is written there, as a list. The control thread owns binaries, links and the process table's
 * view; the drain thread owns the ring, the span builder and the batch; they meet in two queues.
 */
@NullMarked
package io.goshawk.collector.agent;

import org.jspecify.annotations.NullMarked;
