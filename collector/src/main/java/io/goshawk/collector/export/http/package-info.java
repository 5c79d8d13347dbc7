// SPDX-License-Identifier: Apache-2.0
/**
 * OTLP over HTTP/1.1: a sender on Netty in place of the SDK's own, which would bring OkHttp and
 * Kotlin and keep the answer's details to itself.
 *
 * <p>{@link io.goshawk.collector.export.http.NettyHttpSenderProvider} is registered as a service,
 * so any exporter of the SDK finds it. A sender has one event loop thread; connections and
 * exchanges are confined to it.
 */
@NullMarked
package io.goshawk.collector.export.http;

import org.jspecify.annotations.NullMarked;
