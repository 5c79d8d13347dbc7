// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.http;

import io.opentelemetry.sdk.common.export.HttpSender;
import io.opentelemetry.sdk.common.export.HttpSenderConfig;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import java.time.Clock;
import java.util.Optional;

/** Makes HTTP senders for any exporter of the SDK: the service loader finds it. */
public final class NettyHttpSenderProvider implements HttpSenderProvider {
  @Override
  public HttpSender createSender(HttpSenderConfig config) {
    return new NettyHttpSender(
        config, config.getContentType(), Optional.empty(), outcome -> {}, Clock.systemUTC());
  }
}
