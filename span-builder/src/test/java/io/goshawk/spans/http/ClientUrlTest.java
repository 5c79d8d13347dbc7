// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.spans.failure.GoError;
import io.goshawk.spans.http.ClientUrl.Parts;
import io.goshawk.spans.text.HostPort;
import io.goshawk.testing.SeededCases;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientUrlTest {
  private final QueryRedaction redaction =
      new QueryRedaction(HttpSettings.DEFAULT.sensitiveQueryKeys());

  @ParameterizedTest
  @CsvSource({
    "http, '', false, shop.example, /a/b, '', q=1, http://shop.example/a/b?q=1",
    "https, '', false, shop.example:8443, /, '', '', https://shop.example:8443/",
    "http, '', false, shop.example, '', '', '', http://shop.example",
    "http, '', false, shop.example, a, '', '', http://shop.example/a",
    "http, '', true, shop.example, /, '', '', http://REDACTED:REDACTED@shop.example/",
    "http, '', false, me:secret@shop.example, /, '', '', http://REDACTED:REDACTED@shop.example/",
    "http, '', false, [2001:db8::1]:81, /, '', '', http://[2001:db8::1]:81/",
    "http, '', false, a, /ä b?c#d%;e, '', '', http://a/%C3%A4%20b%3Fc%23d%25;e",
    "http, '', false, a, /b/c, /b%2Fc, '', http://a/b%2Fc",
    "http, '', false, a, /, '', X-Amz-Signature=secret&b=1, "
        + "http://a/?X-Amz-Signature=REDACTED&b=1",
    "http, //a/b%2Fc, false, '', '', '', d, http://a/b%2Fc?d",
    "http, //me:secret@a/b@c, false, '', '', '', '', http://REDACTED:REDACTED@a/b@c",
    "http, me:secret@a, false, '', '', '', '', http:REDACTED:REDACTED@a",
    "http, //a/b?token=secret&c=@d, false, '', '', '', '', http://a/b?token=REDACTED&c=@d",
    "http, //a?sig=b/c@d, false, '', '', '', e=f, http://a?sig=REDACTED?e=f",
    "http, /b%2Fc, false, a:81, '', '', d, http://a:81/b%2Fc?d",
    "http, b, false, a, '', '', '', http://a/b",
    "http, me:secret@b?sig=c, true, a, '', '', '', "
        + "http://REDACTED:REDACTED@a/REDACTED:REDACTED@b?sig=REDACTED",
    "http, //b/c, false, a, '', '', '', http://b/c",
    "http, '', false, a, /b, /b?token=secret, '', http://a/b",
    "'', '', false, '', /a, '', '', /a",
  })
  void theUrlIsWhatWasAskedForWithoutItsSecrets(
      String scheme,
      String opaque,
      boolean hasUserInfo,
      String host,
      String path,
      String rawPath,
      String query,
      String full) {
    Parts parts = new Parts(scheme, opaque, hasUserInfo, host, path, rawPath, query);
    assertThat(ClientUrl.of(parts, redaction).full()).isEqualTo(full);
  }

  @ParameterizedTest
  @CsvSource({
    "http, shop.example, shop.example, 80",
    "https, shop.example, shop.example, 443",
    "https, shop.example:81, shop.example, 81",
    "http, [2001:db8::1]:81, 2001:db8::1, 81",
    "http, [2001:db8::1], 2001:db8::1, 80",
    "gopher, shop.example, shop.example,",
  })
  void theServerIsTheHostOfTheUrl(String scheme, String host, String address, Long port) {
    Parts parts = new Parts(scheme, "", false, host, "/", "", "");
    assertThat(ClientUrl.of(parts, redaction).server()).isEqualTo(new HostPort(address, port));
  }

  @Test
  void anyTextsAreAUrl() {
    SeededCases.forEachSeed(
        2000,
        random -> {
          String[] texts = new String[6];
          for (int i = 0; i < texts.length; i++) {
            StringBuilder text = new StringBuilder();
            for (int left = random.nextInt(8); left > 0; left--) {
              text.append("/@:?#%[]a=&\u00e4\ud800".charAt(random.nextInt(13)));
            }
            texts[i] = text.toString();
          }
          Parts parts =
              new Parts(
                  texts[0], texts[1], random.nextBoolean(), texts[2], texts[3], texts[4], texts[5]);
          assertThat(ClientUrl.of(parts, redaction).full()).isNotNull();
        });
  }

  @ParameterizedTest
  @CsvSource({
    "101,",
    "200,",
    "304,",
    "399,",
    "400, 400",
    "404, 404",
    "500, 500",
    "599, 599",
    "999, 999",
  })
  void aStatusFrom400IsAnErrorOfTheClient(int status, String errorType) {
    assertThat(ClientOutcome.of(status, null)).isEqualTo(new ClientOutcome(status, errorType));
  }

  @Test
  void withoutAResponseTheErrorDecides() {
    GoError refused = new GoError("syscall.Errno", 111, false, "");
    GoError cancelled = new GoError("*errors.errorString", 0, false, "context canceled");
    assertThat(ClientOutcome.of(0, refused))
        .isEqualTo(new ClientOutcome(0, GoError.CONNECTION_REFUSED));
    assertThat(ClientOutcome.of(0, cancelled)).isEqualTo(new ClientOutcome(0, null));
    assertThat(ClientOutcome.of(0, null)).isEqualTo(new ClientOutcome(0, null));
    assertThat(ClientOutcome.of(-1, refused).status()).isZero();
  }
}
