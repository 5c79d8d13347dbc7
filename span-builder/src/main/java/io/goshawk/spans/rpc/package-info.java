// SPDX-License-Identifier: Apache-2.0
/**
 * Records of calls over gRPC to spans as the semantic conventions for RPC want them. Start reading
 * at {@link io.goshawk.spans.rpc.GrpcServerSpans}. Confined to the thread of the span builder.
 */
@NullMarked
package io.goshawk.spans.rpc;

import org.jspecify.annotations.NullMarked;
