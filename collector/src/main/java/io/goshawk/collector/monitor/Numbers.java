// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.monitor;

import io.goshawk.collector.prometheus.PrometheusText.Type;
import java.util.Optional;

/** Who is told the agent's numbers. */
@FunctionalInterface
interface Numbers {

  /**
   * Is told one.
   *
   * @param unit as Prometheus names it; empty for things that are counted
   * @param labels each name followed by its value
   */
  void add(
      Type type, String name, Optional<String> unit, String help, double value, String... labels);

  default void counter(String name, String help, long value, String... labels) {
    add(Type.COUNTER, name, Optional.empty(), help, value, labels);
  }

  default void gauge(String name, String help, double value, String... labels) {
    add(Type.GAUGE, name, Optional.empty(), help, value, labels);
  }
}
