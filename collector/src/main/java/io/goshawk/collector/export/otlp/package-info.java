// SPDX-License-Identifier: Apache-2.0
/**
 * OTLP as this agent speaks it: spans in its two encodings, behind {@link
 * io.goshawk.collector.export.otlp.OtlpWriter}, and what a backend's answer means.
 *
 * <p>The wire itself is in {@code export.http} and {@code export.grpc}. Everything here runs on an
 * exporter's worker thread or a sender's event loop and keeps no state between requests but
 * reusable buffers.
 */
@NullMarked
package io.goshawk.collector.export.otlp;

import org.jspecify.annotations.NullMarked;
