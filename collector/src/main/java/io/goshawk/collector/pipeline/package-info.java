// SPDX-License-Identifier: Apache-2.0
/**
 * From the end of a pipeline to a destination: a bounded queue, a worker thread and retries for
 * each exporter, so that a slow or dead one costs only itself.
 *
 * <p>{@link io.goshawk.collector.pipeline.QueuedExporter} is the door; a new destination implements
 * {@link io.goshawk.collector.pipeline.BatchExporter}. What becomes of every span is written into
 * the ledger by the queue's owner, the worker.
 */
@NullMarked
package io.goshawk.collector.pipeline;

import org.jspecify.annotations.NullMarked;
