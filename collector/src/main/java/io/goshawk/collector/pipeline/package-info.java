// SPDX-License-Identifier: Apache-2.0
/**
 * From the drain thread to the exporters: a bounded queue, a worker thread and retries for each, so
 * that a slow or dead one costs only itself.
 *
 * <p>{@link io.goshawk.collector.pipeline.TracePipeline} is the door; a new exporter implements
 * {@link io.goshawk.collector.pipeline.TraceExporter}. What becomes of every span is written into
 * the ledger by the queue's owner, the worker.
 */
@NullMarked
package io.goshawk.collector.pipeline;

import org.jspecify.annotations.NullMarked;
