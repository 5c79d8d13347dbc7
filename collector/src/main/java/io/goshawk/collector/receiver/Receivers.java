// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver;

import io.goshawk.collector.component.Factories;
import io.goshawk.collector.receiver.otlp.OtlpReceiver;

/** The factories of receivers. */
public final class Receivers {
  private Receivers() {}

  /** Lists them. */
  public static void register(Factories.Builder factories) {
    factories.receiver(
        "otlp", (context, settings, feeds) -> new OtlpReceiver(context, settings, feeds));
  }
}
