// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.grpc;

import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import java.util.Optional;

/** Makes gRPC senders for any exporter of the SDK: the service loader finds it. */
public final class ChannelGrpcSenderProvider implements GrpcSenderProvider {
  @Override
  public GrpcSender createSender(GrpcSenderConfig config) {
    return new ChannelGrpcSender(
        config, config.getFullMethodName(), Optional.empty(), Optional.empty(), outcome -> {});
  }
}
