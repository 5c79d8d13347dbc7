// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.spans.text.HostPort;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DialTargetTest {

  @ParameterizedTest
  @CsvSource({
    "orders.example:443, orders.example, 443",
    "orders.example, orders.example,",
    "localhost:50051, localhost, 50051",
    "'[2001:db8::1]:443', 2001:db8::1, 443",
    "dns:orders.example:443, orders.example, 443",
    "dns:///orders.example:443, orders.example, 443",
    "dns://8.8.8.8/orders.example:443, orders.example, 443",
    "passthrough:///orders.example:443, orders.example, 443",
    "passthrough:bufnet, bufnet,",
    "xds:///orders, orders,",
    "consul://agent:8500/orders, orders,",
    "'ipv4:192.0.2.1:443,192.0.2.2:443', 192.0.2.1, 443",
    "'ipv6:[2001:db8::1]:443', 2001:db8::1, 443",
    "unix:/run/orders.sock, /run/orders.sock,",
    "unix:///run/orders.sock, /run/orders.sock,",
    "unix:orders.sock, orders.sock,",
    "unix-abstract:orders, orders,"
  })
  void readsTheServerOfATarget(String target, String address, Long port) {
    assertThat(DialTarget.server(target)).isEqualTo(new HostPort(address, port));
  }

  @ParameterizedTest
  @ValueSource(strings = {"dns:///", "unix:", "unix://host", "dns://8.8.8.8", ":443", "///"})
  void seesNoServerWhereThereIsNone(String target) {
    assertThat(DialTarget.server(target)).isNull();
  }

  @Test
  void anEmptyTargetHasNone() {
    assertThat(DialTarget.server("")).isNull();
  }
}
