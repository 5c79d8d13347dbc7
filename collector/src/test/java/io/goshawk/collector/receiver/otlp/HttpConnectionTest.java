// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.component.NodeAccount;
import io.goshawk.config.component.Signal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of connections by time, on a clock that the test moves. */
class HttpConnectionTest {
  private static final String HEAD =
      "POST /v1/traces HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n";

  private final NodeAccount account = new NodeAccount("receiver/otlp");
  private final InFlight inFlight = new InFlight(1_000_000);
  private EmbeddedChannel channel;

  @BeforeEach
  void connect() {
    Intakes intakes =
        new Intakes(
            "otlp",
            Map.of(Signal.TRACES, new TestFeed(account, batch -> {}, () -> true)),
            null,
            System::nanoTime);
    channel =
        new EmbeddedChannel(
            new HttpServerCodec(),
            new HttpConnection(
                new HttpRequests(
                    intakes, inFlight, 1_000_000, Map.of(Signal.TRACES, "/v1/traces"))));
    channel.freezeTime();
  }

  private void send(String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  private void pass(int seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
  }

  private String answered() {
    StringBuilder text = new StringBuilder();
    for (ByteBuf out; (out = channel.readOutbound()) != null; out.release()) {
      text.append(out.toString(StandardCharsets.US_ASCII));
    }
    return text.toString();
  }

  @Test
  void whoeverDripsIsCutOffAfterHalfAMinute() {
    send(HEAD);
    for (int i = 0; i < 30; i++) {
      send(" ");
      pass(1);
    }
    assertThat(channel.isActive()).isTrue();
    assertThat(inFlight.bytes()).isPositive();
    pass(10);
    assertThat(channel.isActive()).isFalse();
    assertThat(inFlight.bytes()).isZero();
    assertThat(account.snapshot().refusedRequests()).containsEntry("too slow", 1L);
  }

  @Test
  void aConnectionWithoutARequestIsClosedAfterAMinute() {
    for (int i = 0; i < 59; i++) {
      send(i == 0 ? "POST /v1/traces HTTP/1.1\r\nx: " : "y");
      pass(1);
    }
    assertThat(channel.isActive()).isTrue();
    pass(11);
    assertThat(channel.isActive()).isFalse();
  }

  @Test
  void aConnectionThatIsUsedStaysOpen() {
    for (int i = 0; i < 20; i++) {
      send(
          "POST /v1/traces HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
      assertThat(answered()).startsWith("HTTP/1.1 200");
      pass(30);
    }
    assertThat(channel.isActive()).isTrue();
    send(
        "POST /v1/traces HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
    assertThat(answered()).startsWith("HTTP/1.1 200").contains("connection: close");
    assertThat(channel.isActive()).isFalse();
  }

  @Test
  void whoWantsToKnowBeforeItSendsIsToldToGoOn() {
    send(
        "POST /v1/traces HTTP/1.1\r\ncontent-type: application/json\r\nexpect: 100-continue\r\n"
            + "content-length: 2\r\n\r\n");
    assertThat(answered()).startsWith("HTTP/1.1 100");
    send("{}");
    assertThat(answered()).startsWith("HTTP/1.1 200");
  }

  @Test
  void requestsThatComeAtOnceAreAnsweredInTurn() {
    String one =
        "POST /v1/traces HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    String bad = "POST /other HTTP/1.1\r\ncontent-length: 0\r\n\r\n";
    send(one + one + bad + one);
    assertThat(answered().replaceAll("(?s)HTTP/1.1 ([0-9]+).*?(?=HTTP|$)", "$1 "))
        .as("and none behind one that ends the connection")
        .isEqualTo("200 200 404 ");
  }
}
