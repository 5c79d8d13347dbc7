// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.failure;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoErrorTest {

  @ParameterizedTest
  @CsvSource({
    "syscall.Errno, 111, false, '', connection_refused",
    "syscall.Errno, 104, false, '', connection_reset",
    "syscall.Errno, 32, false, '', connection_reset",
    "syscall.Errno, 103, false, '', connection_reset",
    "syscall.Errno, 110, true, '', timeout",
    "syscall.Errno, 113, false, '', unreachable",
    "syscall.Errno, 101, false, '', unreachable",
    "syscall.Errno, 24, false, '', syscall.Errno",
    "*net.DNSError, 0, false, '', dns",
    "*net.DNSError, 0, true, '', dns",
    "context.deadlineExceededError, 0, false, '', timeout",
    "*internal/poll.DeadlineExceededError, 0, false, '', timeout",
    "*net/http.timeoutError, 0, true, '', timeout",
    "net/http.tlsHandshakeTimeoutError, 0, false, '', timeout",
    "*example.com/app.Slow, 0, true, '', timeout",
    "*crypto/tls.CertificateVerificationError, 0, false, '', tls",
    "x509.UnknownAuthorityError, 0, false, '', tls",
    "tls.alert, 0, false, '', tls",
    "crypto/x509.HostnameError, 0, false, '', tls",
    "*errors.errorString, 0, false, EOF, connection_reset",
    "*errors.errorString, 0, false, unexpected EOF, connection_reset",
    "*errors.errorString, 0, false, http: server closed idle connection, connection_reset",
    "*errors.errorString, 0, false, '', *errors.errorString",
    "*errors.errorString, 0, false, EOF within a text, *errors.errorString",
    "*github.com/go-sql-driver/mysql.MySQLError, 0, false, '', "
        + "*github.com/go-sql-driver/mysql.MySQLError",
    "*example.com/mytls.Error, 0, false, '', *example.com/mytls.Error",
    "*example.com/net.DNSErrors, 0, false, '', *example.com/net.DNSErrors",
    "'', 0, false, '', _OTHER",
    "Error, 0, false, '', Error",
  })
  void anErrorIsOfAFewKindsElseOfItsType(
      String type, int errno, boolean timeout, String text, String errorType) {
    assertThat(new GoError(type, errno, timeout, text).errorType()).isEqualTo(errorType);
  }

  @ParameterizedTest
  @CsvSource({
    "*errors.errorString, context canceled",
    "net.canceledError, ''",
    "*errors.errorString, net/http: request canceled",
  })
  void whatTheApplicationCalledOffIsNoError(String type, String text) {
    assertThat(new GoError(type, 0, false, text).errorType()).isNull();
  }
}
