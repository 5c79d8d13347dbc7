// SPDX-License-Identifier: Apache-2.0
/**
 * Traces on the terminal, each as a waterfall. Runs on its exporter's worker thread.
 *
 * <p>{@link io.goshawk.collector.export.console.ConsoleExporter} gathers the spans of a trace,
 * {@code TraceTree} puts them in order, {@code Waterfall} draws them.
 */
@NullMarked
package io.goshawk.collector.export.console;

import org.jspecify.annotations.NullMarked;
