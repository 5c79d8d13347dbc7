// SPDX-License-Identifier: Apache-2.0
/**
 * A configuration as running components. {@link io.goshawk.collector.graph.Graph} makes and checks
 * everything before it starts anything; what no pipeline has is not made.
 *
 * <p>A pipeline's processors run on the thread of whoever brings a batch, one batch at a time, and
 * on the graph's timer. Starting goes against the data, stopping with it.
 */
@NullMarked
package io.goshawk.collector.graph;

import org.jspecify.annotations.NullMarked;
