// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The cases of Go's {@code http.ProxyFromEnvironment}, whose documentation they are from. */
class HttpProxyTest {
  private static boolean proxied(String endpoint, String noProxy) {
    return HttpProxy.of(
            Map.of("HTTP_PROXY", "proxy:3128", "HTTPS_PROXY", "proxy:3129", "NO_PROXY", noProxy),
            URI.create(endpoint),
            false)
        .isPresent();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://foo.com|foo.com",
        "http://bar.foo.com|other.com, foo.com",
        "http://FOO.com|foo.COM",
        "http://x.y.com|.y.com",
        "http://x.y.com|*.y.com",
        "http://foo.com:80|foo.com:80",
        "https://foo.com|foo.com:443",
        "http://1.2.3.4|1.2.3.4",
        "http://1.2.3.4:8080|1.2.3.4:8080",
        "http://1.2.3.4|1.2.3.0/24",
        "http://[2001:db8::1]|2001:db8::/32",
        "http://[2001:db8::1]:4318|[2001:db8::1]:4318",
        "http://anything|*",
        "http://localhost:4318|''",
        "http://127.0.0.9|''",
        "http://[::1]:4318|''",
      })
  void theseAreSpokenToDirectly(String endpoint, String noProxy) {
    assertThat(proxied(endpoint, noProxy)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://foo.com|''",
        "http://barfoo.com|foo.com",
        "http://y.com|.y.com",
        "http://foo.com:8080|foo.com:80",
        "http://1.2.3.4|1.2.3.5",
        "http://1.2.4.4|1.2.3.0/24",
        "http://1.2.3.4|1.2.3.0/99",
        "http://1.2.3.4|2001:db8::/32",
        "http://foo.com|1.2.3.0/24",
      })
  void theseAreProxied(String endpoint, String noProxy) {
    assertThat(proxied(endpoint, noProxy)).isTrue();
  }

  @Test
  void theSchemeChoosesTheVariableAndLargeLettersCountFirst() {
    Map<String, String> environment =
        Map.of(
            "HTTP_PROXY", "http://large:1", "http_proxy", "small", "https_proxy", "http://[::2]");
    assertThat(HttpProxy.of(environment, URI.create("http://h"), false))
        .hasValueSatisfying(
            proxy -> assertThat(proxy.host() + " " + proxy.port()).isEqualTo("large 1"));
    assertThat(HttpProxy.of(environment, URI.create("https://h"), false))
        .hasValueSatisfying(
            proxy -> assertThat(proxy.host() + " " + proxy.port()).isEqualTo("::2 80"));
    assertThat(HttpProxy.of(environment, URI.create("http://h"), true))
        .hasValueSatisfying(proxy -> assertThat(proxy.host()).isEqualTo("::2"));
  }

  @Test
  void aPasswordIsNotShown() {
    assertThat(
            HttpProxy.of(
                Map.of("HTTP_PROXY", "http://me:s3cret@proxy"), URI.create("http://h"), false))
        .hasValueSatisfying(
            proxy -> {
              assertThat(proxy.credentials().orElseThrow().password()).isEqualTo("s3cret");
              assertThat(proxy.toString()).doesNotContain("s3cret");
            });
  }
}
