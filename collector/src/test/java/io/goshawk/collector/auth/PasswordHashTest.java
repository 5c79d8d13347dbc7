// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.auth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordHashTest {

  /** Made by openssl passwd, Python's crypt and openssl sha1. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "secret",
        "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
        "{SSHA}gVK8WC9YyFT1gMsQHTGCgT3sSv5zYWx0",
        "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/",
        "$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1",
        "$5$abcdefgh$gruCpC7VkOTspMQTTSAR8mtlO9Upms.fwqE5y16JVM.",
        "$6$abcdefgh$ltjgWl6579NluT/Vi1nwEvcil.G5Nbc4NiXZaNGStk8PSwGfQv72N2CKPPrVACtLtip/cZ/1GM/O6IND4WQhG.",
        "$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a",
        "$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a",
        "$2a$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a"
      })
  void whatOthersHashFitsThePasswordAndNoOther(String text) {
    PasswordHash hash = PasswordHash.parse(text).orElseThrow();
    assertThat(hash.fits("secret")).isTrue();
    assertThat(hash.fits("Secret")).isFalse();
    assertThat(hash.fits("")).isFalse();
    assertThat(hash.fits(text + " ")).isFalse();
    assertThat(hash.fits("secret" + "x".repeat(200))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "$2y$05$abc",
        "$apr1$abcdefgh$short",
        "$7$abc$def",
        "{MD5}abc",
        "{SHA}abc",
        "{SSHA}!",
        "$",
        "{"
      })
  void whatLooksLikeAHashAndIsNoneIsNotAPassword(String text) {
    assertThat(PasswordHash.parse(text)).isEmpty();
  }

  @Test
  void ofLongPasswordsBcryptHasTheFirst72Bytes() {
    PasswordHash hash =
        PasswordHash.parse("$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a")
            .orElseThrow();
    assertThat(hash.fits("x".repeat(73))).isFalse();
  }
}
