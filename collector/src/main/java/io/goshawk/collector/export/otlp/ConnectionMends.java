// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import java.util.List;
import java.util.Locale;

/** What helps where a backend is not reached, by what the network, TLS or gRPC said of it. */
public final class ConnectionMends {
  private record Mend(String sign, String mend) {}

  /** The first whose sign is in what was said. */
  private static final List<Mend> MENDS =
      List.of(
          new Mend(
              "status: 407",
              "the proxy wants credentials: http://USER:PASSWORD@PROXY in HTTPS_PROXY"),
          new Mend("connection refused", "is the backend running, and its port that of endpoint?"),
          new Mend("no route to host", "is the host of endpoint up, or does a firewall say no?"),
          new Mend("network is unreachable", "is the host of endpoint up, or IPv6 missing here?"),
          new Mend("name or service not known", "is the host's name in endpoint right?"),
          new Mend("unable to resolve host", "is the host's name in endpoint right?"),
          new Mend("name resolution", "does DNS answer (/etc/resolv.conf)?"),
          new Mend(
              "unable to find valid certification path",
              "name who has signed its certificate in tls::ca_file (OTEL_EXPORTER_OTLP_CERTIFICATE)"),
          new Mend(
              "subject alternative",
              "its certificate is for another name: say that name in endpoint, or have it added"),
          new Mend(
              "no name matching",
              "its certificate is for another name: say that name in endpoint, or have it added"),
          new Mend(
              "certificate_required", "it wants to see a certificate: tls::cert_file, key_file"),
          new Mend(
              "bad_certificate", "it wants to see another certificate: tls::cert_file, key_file"),
          new Mend("certificate_unknown", "it does not know who has signed tls::cert_file"),
          new Mend("notafter", "a certificate has expired, or a clock is wrong"),
          new Mend(
              "not an ssl/tls record",
              "it speaks no TLS: http:// in endpoint, or tls::insecure, if nobody can listen in"),
          new Mend(
              "http2exception", "it speaks no gRPC: is it OTLP over HTTP (otlp_http, port 4318)?"),
          new Mend(
              "first received frame was not settings",
              "it speaks no gRPC: is it OTLP over HTTP (otlp_http, port 4318)?"),
          new Mend(
              "unexpected http/1",
              "it speaks no gRPC: is it OTLP over HTTP (otlp_http, port 4318)?"));

  private ConnectionMends() {}

  /**
   * What was said, and what helps.
   *
   * @param said in one line
   */
  public static String with(String said) {
    String lower = said.toLowerCase(Locale.ROOT);
    return MENDS.stream()
        .filter(mend -> lower.contains(mend.sign()))
        .findFirst()
        .map(mend -> said + "; " + mend.mend())
        .orElse(said);
  }
}
