// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.monitor;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.net.PageServer;
import io.goshawk.collector.net.PageServer.Page;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.HealthCheckConfig;
import io.goshawk.config.component.HealthCheckConfig.ResponseBody;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Settings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The extension {@code health_check}: 200 from when everything has started until it is about to
 * stop, else 503, with the words of the Collector's extension.
 */
public final class HealthCheck implements Extension {
  private final Settings settings;
  private final ComponentContext context;
  private final Clock clock;
  private @Nullable PageServer server;

  /** When it became ready; null while it is not. */
  private volatile @Nullable Since since;

  private record Since(Instant time, long nanos) {}

  public HealthCheck(ComponentContext context, Settings settings) {
    this(context, settings, Clock.systemDefaultZone());
  }

  HealthCheck(ComponentContext context, Settings settings, Clock clock) {
    this.context = context;
    this.settings = settings;
    this.clock = clock;
  }

  @Override
  public void start() throws StartException {
    server =
        PageServer.open(
            "health-check",
            settings.get(HealthCheckConfig.ENDPOINT),
            context.path(ComponentKind.EXTENSION, HealthCheckConfig.ENDPOINT),
            Optional.empty(),
            Map.of(settings.get(HealthCheckConfig.PATH), accepts -> page()));
  }

  @Override
  public void ready() {
    since = new Since(clock.instant(), context.nanoClock().getAsLong());
  }

  @Override
  public void notReady() {
    since = null;
  }

  private Page page() {
    Since ready = since;
    int status = ready == null ? 503 : 200;
    Optional<String> own = said(ready == null ? ResponseBody.UNHEALTHY : ResponseBody.HEALTHY);
    if (own.isPresent()) {
      return new Page(status, "text/plain; charset=utf-8", own.get());
    }
    if (ready == null) {
      return new Page(
          status,
          "application/json",
          "{\"status\":\"Server not available\",\"upSince\":\"0001-01-01T00:00:00Z\",\"uptime\":\"\"}");
    }
    Duration up = Duration.ofNanos(context.nanoClock().getAsLong() - ready.nanos());
    return new Page(
        status,
        "application/json",
        "{\"status\":\"Server available\",\"upSince\":\"%s\",\"uptime\":\"%s\"}"
            .formatted(ready.time().atZone(clock.getZone()).toOffsetDateTime(), shown(up)));
  }

  private Optional<String> said(Key<String> key) {
    return settings.find(HealthCheckConfig.RESPONSE_BODY).flatMap(body -> body.find(key));
  }

  /** As Go shows durations: {@code 1h2m3.004s}. */
  private static String shown(Duration duration) {
    StringBuilder text = new StringBuilder();
    if (duration.toHours() > 0) {
      text.append(duration.toHours()).append('h');
    }
    if (duration.toMinutes() > 0) {
      text.append(duration.toMinutesPart()).append('m');
    }
    return text.append(duration.toSecondsPart())
        .append('.')
        .append("%03d".formatted(duration.toMillisPart()))
        .append('s')
        .toString();
  }

  /** Where it answers, once it has started. */
  OptionalInt port() {
    return server == null ? OptionalInt.empty() : OptionalInt.of(server.port());
  }

  @Override
  public void stop(Duration limit) {
    if (server != null) {
      server.close();
    }
  }
}
