// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueryRedactionTest {
  private final QueryRedaction redaction =
      new QueryRedaction(HttpSettings.DEFAULT.sensitiveQueryKeys());

  @ParameterizedTest
  @CsvSource({
    "q=1, q=1",
    "sig=secret, sig=REDACTED",
    "q=1&sig=secret, q=1&sig=REDACTED",
    "sig=secret&q=1, sig=REDACTED&q=1",
    "sig=a&sig=b, sig=REDACTED&sig=REDACTED",
    "AWSAccessKeyId=a&Signature=b&X-Goog-Signature=c, "
        + "AWSAccessKeyId=REDACTED&Signature=REDACTED&X-Goog-Signature=REDACTED",
    "X-Amz-Credential=a%2Fb&X-Amz-Security-Token=t, "
        + "X-Amz-Credential=REDACTED&X-Amz-Security-Token=REDACTED",
    "si%67=secret, si%67=REDACTED",
    "%73%69%67=secret, %73%69%67=REDACTED",
    "sig=a=b, sig=REDACTED",
    "sig=&q, sig=&q",
    "sig, sig",
    "SIG=secret, SIG=REDACTED",
    "token=s&password=s&api_key=s&access_token=s&secret=s, "
        + "token=REDACTED&password=REDACTED&api_key=REDACTED&access_token=REDACTED&secret=REDACTED",
    "apiKey=s&API-KEY=s&client+secret=s, apiKey=REDACTED&API-KEY=REDACTED&client+secret=REDACTED",
    "%74oken=s&%54%6F%4B%45%4E=s, %74oken=REDACTED&%54%6F%4B%45%4E=REDACTED",
    "user[password]=s&user.token=s&%5Btoken%5D=s, "
        + "user[password]=REDACTED&user.token=REDACTED&%5Btoken%5D=REDACTED",
    "a=1;token=s&b=2, a=1;token=REDACTED&b=2",
    "token=s;t&b=2, token=REDACTED&b=2",
    "token==s&token=;s, token=REDACTED&token=REDACTED",
    "a=1?token=s, a=1?token=REDACTED",
    "tokens=keeps&max_tokens=keeps&a[]=keeps, tokens=keeps&max_tokens=keeps&a[]=keeps",
    "design=keeps, design=keeps",
    "q=sig=keeps, q=sig=keeps",
    "&&=&sig=s&, &&=&sig=REDACTED&",
    "%=1&%s=2&%zz=3&sig=s, %=1&%s=2&%zz=3&sig=REDACTED",
  })
  void valuesOfSensitiveKeysAreReplacedAndNothingElse(String query, String redacted) {
    assertThat(redaction.apply(query)).isEqualTo(redacted);
  }

  @Test
  void furtherKeysAreComparedLikeTheOthers() {
    QueryRedaction more =
        new QueryRedaction(
            HttpSettings.DEFAULT.redacting(Set.of("Ticket-Id", "")).sensitiveQueryKeys());
    assertThat(more.apply("ticket_id=s&sig=s&a[]=keeps"))
        .isEqualTo("ticket_id=REDACTED&sig=REDACTED&a[]=keeps");
  }

  @ParameterizedTest
  @CsvSource({
    "/proxy/http://me:pw@host/x@y, /proxy/http://REDACTED@host/x@y",
    "/http://ghp_token@host, /http://REDACTED@host",
    "to=https%3A%2F%2Fme%3Apw%40host%2Fx&b=//u@h, to=https%3A%2F%2FREDACTED%40host%2Fx&b=//REDACTED@h",
    "///a@b/c@d//e, ///a@b/c@d//e",
    "//@scope/x, //@scope/x",
    "//a@b//c@d@e/%, //REDACTED@b//REDACTED@e/%",
    "%2F/a@b%4, %2F/REDACTED@b%4",
  })
  void credentialsOfUrlsAreReplacedWhereverTheUrlStands(String text, String hidden) {
    assertThat(UserInfo.hide(text, false)).isEqualTo(hidden);
  }

  @Test
  void anAuthorityThatWasCutIsLeftOut() {
    assertThat(UserInfo.hide("/to/http://me:pw", true)).isEqualTo("/to/http://");
    assertThat(UserInfo.hide("/to/http://me:pw@h/x", true)).isEqualTo("/to/http://REDACTED@h/x");
  }
}
