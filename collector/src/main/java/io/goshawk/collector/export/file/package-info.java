// SPDX-License-Identifier: Apache-2.0
/**
 * Spans into a file in the format of the OpenTelemetry Collector's file exporter: OTLP/JSON, one
 * {@code TracesData} a line. Runs on its exporter's worker thread.
 */
@NullMarked
package io.goshawk.collector.export.file;

import org.jspecify.annotations.NullMarked;
