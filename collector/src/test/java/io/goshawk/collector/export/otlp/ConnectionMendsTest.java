// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConnectionMendsTest {

  /** Its digits are those of a status that a proxy has for missing credentials. */
  @Test
  void aPortIsNoStatus() {
    assertThat(
            ConnectionMends.with(
                "http://backend.example:40783/v1/traces: cannot connect: Connection refused"))
        .endsWith("Connection refused; is the backend running, and its port that of endpoint?");
  }
}
