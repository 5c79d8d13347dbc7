// SPDX-License-Identifier: Apache-2.0
/**
 * Spans over OTLP, from an application's own SDK or from another agent: {@link
 * io.goshawk.collector.receiver.otlp.OtlpReceiver} opens an endpoint for gRPC and one for HTTP,
 * which share one thread and one {@link io.goshawk.collector.receiver.otlp.Intake}.
 *
 * <p>Whoever connects is not trusted: connections, the time and the bytes of a request, and the
 * bytes of all requests together are bounded, and nothing is believed before it is checked. What
 * cannot be taken is answered so that the sender knows whether to try again, and counted.
 */
@NullMarked
package io.goshawk.collector.receiver.otlp;

import org.jspecify.annotations.NullMarked;
