// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import io.goshawk.collector.auth.ServerAuthenticator;
import io.goshawk.collector.component.Feed;
import io.goshawk.config.component.Signal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The intakes of all signals, in their order, and who may send to them. Confined to the receiver's
 * thread.
 */
final class Intakes {
  private final @Nullable ServerAuthenticator authenticator;
  private final List<Intake> all = new ArrayList<>();

  /**
   * @param authenticator null if everybody may send
   */
  Intakes(
      String name,
      Map<Signal, Feed> feeds,
      @Nullable ServerAuthenticator authenticator,
      LongSupplier nanoClock) {
    this.authenticator = authenticator;
    new EnumMap<>(feeds)
        .forEach((signal, feed) -> all.add(new Intake(name, signal, feed, nanoClock)));
  }

  List<Intake> all() {
    return all;
  }

  /**
   * Why a request is not let in, as a challenge; null if it is.
   *
   * @param headers the value of a header of the request
   */
  @Nullable String challenge(Function<String, @Nullable String> headers) {
    if (authenticator == null || authenticator.admits(headers)) {
      return null;
    }
    turnAway("unauthenticated", "a request without the credentials that are wanted");
    return authenticator.challenge();
  }

  /** A connection, or a request that does not say what it brings, was turned away. */
  void turnAway(String reason, String message) {
    all.stream().filter(Intake::wanted).findFirst().orElse(all.get(0)).turnAway(reason, message);
  }
}
