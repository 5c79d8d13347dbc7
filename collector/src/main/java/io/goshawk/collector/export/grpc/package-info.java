// SPDX-License-Identifier: Apache-2.0
/**
 * OTLP over gRPC: a sender on a grpc-java channel that hands bytes through and reads the details of
 * a refusal.
 *
 * <p>Nothing outside this package mentions a class of grpc-java, so that none is loaded before the
 * first gRPC exporter is made.
 */
@NullMarked
package io.goshawk.collector.export.grpc;

import org.jspecify.annotations.NullMarked;
