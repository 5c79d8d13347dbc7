// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.spans.text.HostPort;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTargetTest {

  @ParameterizedTest
  @CsvSource({
    "/, /,",
    "/a/b?x=1&y=2, /a/b, x=1&y=2",
    "/a%20b?q=%3F?, /a%20b, q=%3F?",
    "/a?, /a,",
    "//double/slash, //double/slash,",
    "/a:b, /a:b,",
    "*, *,",
    "?q=1, '', q=1",
  })
  void originAndAsteriskFormsHaveAPathAndPerhapsAQuery(String text, String path, String query) {
    assertThat(RequestTarget.parse(text, false))
        .isEqualTo(new RequestTarget(path, query, null, null));
  }

  @ParameterizedTest
  @CsvSource({
    "http://a.example/p?q=1, http, a.example,, /p, q=1",
    "HTTPS://a.example:8443, https, a.example, 8443, /,",
    "http://a.example?q=1, http, a.example,, /, q=1",
    "http://[2001:db8::1]:80/p, http, 2001:db8::1, 80, /p,",
    "http://user:secret@a.example/p@q, http, a.example,, /p@q,",
    "ws+x.y-z://a/b, ws+x.y-z, a,, /b,",
  })
  void theAbsoluteFormHasAnAuthorityWithoutItsCredentials(
      String text, String scheme, String address, Long port, String path, String query) {
    assertThat(RequestTarget.parse(text, false))
        .isEqualTo(new RequestTarget(path, query, scheme, new HostPort(address, port)));
  }

  @Test
  void anAbsoluteFormMayLackAnAuthority() {
    assertThat(RequestTarget.parse("mailto:a?b", false))
        .isEqualTo(new RequestTarget("a", "b", "mailto", null));
    assertThat(RequestTarget.parse("http:///p", false))
        .isEqualTo(new RequestTarget("/p", null, "http", null));
  }

  @Test
  void connectHasAnAuthorityAlone() {
    assertThat(RequestTarget.parseConnect("db.example:5432", false))
        .isEqualTo(new RequestTarget("", null, null, new HostPort("db.example", 5432L)));
    assertThat(RequestTarget.parseConnect("/_goRPC_", false))
        .isEqualTo(new RequestTarget("/_goRPC_", null, null, null));
  }

  @ParameterizedTest
  @CsvSource({
    "http:user:pw@host/p, REDACTED@host/p, http",
    "https:pw@host/p@q?x, REDACTED@q, https",
    "user:pw@host/p, REDACTED@host/p,",
    "no_scheme:pw@host, REDACTED@host,",
  })
  void whatHasNoAuthorityHasNoCredentialsEither(String text, String path, String scheme) {
    RequestTarget target = RequestTarget.parse(text, false);
    assertThat(target.path()).isEqualTo(path);
    assertThat(target.scheme()).isEqualTo(scheme);
    assertThat(target.authority()).isNull();
  }

  @Test
  void connectHasNoCredentials() {
    assertThat(RequestTarget.parseConnect("user:pw@db.example:5432", false).authority())
        .isEqualTo(new HostPort("db.example", 5432L));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http:user:p", "user:p", "http://user:p", "http://u:p@p", "nothing"})
  void ofATargetCutBeforeTheEndOfItsCredentialsNothingIsSaid(String text) {
    assertThat(RequestTarget.parse(text, true))
        .isEqualTo(RequestTarget.parseConnect(text, true))
        .isEqualTo(new RequestTarget("", null, null, null));
  }
}
