// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import io.goshawk.collector.auth.ServerAuthenticator;
import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.Feed;
import io.goshawk.collector.component.Receiver;
import io.goshawk.collector.component.StartException;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.OtlpReceiverConfig;
import io.goshawk.config.component.OtlpReceiverConfig.Protocols;
import io.goshawk.config.component.ServerAuthConfig;
import io.goshawk.config.component.Signal;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Settings;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The receiver {@code otlp}. One thread accepts, reads, decodes and hands on for both protocols:
 * nothing of that blocks.
 */
public final class OtlpReceiver implements Receiver {

  private static final Logger LOGGER = Logger.getLogger("io.goshawk.receiver");

  /** Of the Java heap, for all requests that are being read. */
  private static final int SHARE_OF_HEAP = 3;

  private final ComponentContext context;
  private final Settings protocols;
  private final Map<Signal, Feed> feeds;
  private final InFlight inFlight;
  private @Nullable EventLoopGroup group;
  private @Nullable GrpcEndpoint grpc;
  private @Nullable HttpEndpoint http;

  public OtlpReceiver(ComponentContext context, Settings settings, Map<Signal, Feed> feeds) {
    this(context, settings, feeds, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
  }

  /**
   * @param inFlightBytes of all requests that are being read
   */
  OtlpReceiver(
      ComponentContext context, Settings settings, Map<Signal, Feed> feeds, long inFlightBytes) {
    this.context = context;
    this.protocols = settings.get(OtlpReceiverConfig.PROTOCOLS);
    this.feeds = feeds;
    this.inFlight = new InFlight(inFlightBytes);
  }

  @Override
  public void start() throws StartException {
    EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("otlp-receiver", true), NioIoHandler.newFactory());
    group = loop;
    try {
      if (protocols.says(Protocols.GRPC)) {
        grpc =
            GrpcEndpoint.open(
                protocols.get(Protocols.GRPC),
                context.path(
                    ComponentKind.RECEIVER,
                    OtlpReceiverConfig.PROTOCOLS,
                    Protocols.GRPC,
                    OtlpReceiverConfig.Grpc.ENDPOINT),
                loop,
                intakes(protocols.get(Protocols.GRPC)),
                inFlight,
                context.nanoClock());
      }
      if (protocols.says(Protocols.HTTP)) {
        http =
            HttpEndpoint.open(
                protocols.get(Protocols.HTTP),
                context.path(
                    ComponentKind.RECEIVER,
                    OtlpReceiverConfig.PROTOCOLS,
                    Protocols.HTTP,
                    OtlpReceiverConfig.Http.ENDPOINT),
                loop,
                intakes(protocols.get(Protocols.HTTP)),
                inFlight,
                context.nanoClock());
      }
    } catch (StartException | RuntimeException | Error e) {
      close(Duration.ZERO);
      throw e;
    }
  }

  /** Those of a protocol, with who may send there. */
  private Intakes intakes(Settings protocol) throws StartException {
    Optional<Settings> auth = protocol.find(ServerAuthConfig.AUTH);
    ServerAuthenticator who = null;
    if (auth.isPresent()) {
      String name = auth.get().get(ServerAuthConfig.AUTHENTICATOR);
      Extension extension = ComponentId.parse(name).flatMap(context.host()::extension).orElse(null);
      if (!(extension instanceof ServerAuthenticator found)) {
        throw new StartException(
            context.id()
                + ": "
                + name
                + " does not say who may send; basicauth needs htpasswd for"
                + " that");
      }
      who = found;
    }
    return new Intakes("receiver " + context.id(), feeds, who, context.nanoClock());
  }

  /** Where gRPC is spoken, once it has started. */
  OptionalInt grpcPort() {
    return grpc == null ? OptionalInt.empty() : OptionalInt.of(grpc.port());
  }

  /** Where HTTP is spoken, once it has started. */
  OptionalInt httpPort() {
    return http == null ? OptionalInt.empty() : OptionalInt.of(http.port());
  }

  /** Bytes of requests that are being read. */
  long inFlightBytes() {
    return inFlight.bytes();
  }

  /**
   * Takes no more connections, lets requests end that are being read, and closes.
   *
   * @param limit how long they may take
   */
  @Override
  public void stop(Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    if (grpc != null) {
      grpc.close(limit);
    }
    if (http != null) {
      http.close(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
    }
    close(limit);
  }

  private void close(Duration limit) {
    if (group != null) {
      group
          .shutdownGracefully(0, Math.max(1, limit.toMillis()), TimeUnit.MILLISECONDS)
          .awaitUninterruptibly(TimeUnit.SECONDS.toMillis(1) + limit.toMillis());
    }
  }

  /**
   * The most that one request may have: what was configured, if there is memory for it.
   *
   * @param key what was configured, in units of {@code unit} bytes
   */
  static long mostBytes(Settings settings, Key<Long> key, long unit, InFlight inFlight) {
    long configured = settings.get(key) * unit;
    long possible = inFlight.mostOfOne();
    if (settings.says(key) && configured > possible) {
      LOGGER.log(
          Level.WARNING,
          "{0}: {1} allows {2} bytes, and the Java heap has room for {3} in a request; give it"
              + " more: GOSHAWK_JAVA_OPTS=-Xmx128m",
          new Object[] {
            settings.origin(key), key.name(), Long.toString(configured), Long.toString(possible)
          });
    }
    return Math.min(configured, possible);
  }
}
