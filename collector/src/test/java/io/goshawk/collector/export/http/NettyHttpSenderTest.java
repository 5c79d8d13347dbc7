// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.collector.testing.FakeHttpBackend;
import io.goshawk.collector.testing.TestSpans;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import io.opentelemetry.common.ComponentLoader;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.common.export.HttpSenderProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A name that has several addresses, of which the backend listens on one. */
@Timeout(30)
class NettyHttpSenderTest {
  /** Of this machine, as all of 127.0.0.0/8, and without a listener. */
  private static final String NOBODY = "127.0.0.2";

  private static final String BACKEND = "127.0.0.1";

  private final List<ExportOutcome> outcomes = new ArrayList<>();
  private final List<String> asked = new ArrayList<>();
  private volatile List<String> addresses = List.of();
  private FakeHttpBackend backend;
  private OtlpHttpSpanExporter exporter;

  @BeforeEach
  void start() throws IOException {
    backend = new FakeHttpBackend();
    HttpSenderProvider provider =
        config ->
            new NettyHttpSender(
                config,
                "application/x-protobuf",
                Optional.empty(),
                outcomes::add,
                Clock.systemUTC(),
                new Names());
    exporter =
        OtlpHttpSpanExporter.builder()
            .setComponentLoader(only(provider))
            .setEndpoint("http://backend.example:" + backend.port() + "/v1/traces")
            .build();
  }

  @AfterEach
  void stop() throws IOException {
    exporter.close();
    backend.close();
  }

  private static ComponentLoader only(HttpSenderProvider provider) {
    return new ComponentLoader() {
      @Override
      public <T> Iterable<T> load(Class<T> type) {
        return type.isInstance(provider) ? List.of(type.cast(provider)) : List.of();
      }
    };
  }

  private final class Names extends AddressResolverGroup<InetSocketAddress> {
    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
      return new InetNameResolver(executor) {
        @Override
        protected void doResolve(String name, Promise<InetAddress> promise) {
          promise.setFailure(new UnknownHostException("one address is not enough"));
        }

        @Override
        protected void doResolveAll(String name, Promise<List<InetAddress>> promise)
            throws Exception {
          asked.add(name);
          List<InetAddress> found = new ArrayList<>();
          for (String address : addresses) {
            found.add(InetAddress.getByName(address));
          }
          promise.setSuccess(found);
        }
      }.asAddressResolver();
    }
  }

  private ExportOutcome export() {
    exporter.export(TestSpans.requests(1)).join(20, TimeUnit.SECONDS);
    return outcomes.get(outcomes.size() - 1);
  }

  @Test
  void theNextAddressIsTriedWhereOneRefuses() {
    addresses = List.of(NOBODY, NOBODY, BACKEND);
    assertThat(export()).isEqualTo(ExportOutcome.ACCEPTED);
    addresses = List.of(BACKEND, NOBODY);
    assertThat(export()).as("over the connection that was kept").isEqualTo(ExportOutcome.ACCEPTED);
    assertThat(asked).containsExactly("backend.example");
  }

  @Test
  void aNameIsLookedUpAnewForANewConnection() {
    addresses = List.of(NOBODY);
    assertThat(export())
        .asInstanceOf(type(ExportOutcome.Retryable.class))
        .extracting(ExportOutcome.Retryable::reason)
        .asString()
        .contains("cannot connect: Connection refused; is the backend running");
    addresses = List.of(BACKEND);
    assertThat(export()).isEqualTo(ExportOutcome.ACCEPTED);
    assertThat(asked).hasSize(2);
  }

  @Test
  void allThatRefusedAreNamed() {
    addresses = List.of(NOBODY, "127.0.0.3");
    assertThat(export())
        .asInstanceOf(type(ExportOutcome.Retryable.class))
        .extracting(ExportOutcome.Retryable::reason)
        .asString()
        .contains("cannot connect: 127.0.0.2: Connection refused; 127.0.0.3: Connection refused;");
  }
}
