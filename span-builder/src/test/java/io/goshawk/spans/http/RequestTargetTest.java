package io.goshawk.spans.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.spans.text.HostPort;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    assertThat(RequestTarget.parse(text)).isEqualTo(new RequestTarget(path, query, null, null));
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
    assertThat(RequestTarget.parse(text))
        .isEqualTo(new RequestTarget(path, query, scheme, new HostPort(address, port)));
  }

  @Test
  void anAbsoluteFormMayLackAnAuthority() {
    assertThat(RequestTarget.parse("mailto:a?b"))
        .isEqualTo(new RequestTarget("a", "b", "mailto", null));
    assertThat(RequestTarget.parse("http:///p"))
        .isEqualTo(new RequestTarget("/p", null, "http", null));
  }

  @Test
  void connectHasAnAuthorityAlone() {
    assertThat(RequestTarget.parseConnect("db.example:5432"))
        .isEqualTo(new RequestTarget("", null, null, new HostPort("db.example", 5432L)));
    assertThat(RequestTarget.parseConnect("/_goRPC_"))
        .isEqualTo(new RequestTarget("/_goRPC_", null, null, null));
  }
}
