// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.time.Duration;

/** {@code tls} of a server: configtls.ServerConfig. */
public final class TlsServerConfig {
  public static final Key<String> CERT_FILE =
      Key.of("cert_file", Types.path(), "The server's certificate chain, in PEM.").mandatory();
  public static final Key<String> KEY_FILE =
      Key.of("key_file", Types.path(), "The server's private key, in PEM.").mandatory();
  public static final Key<String> CLIENT_CA_FILE =
      Key.of(
          "client_ca_file",
          Types.path(),
          "Only clients with a certificate that one of these signed are let in.");
  public static final Key<String> MIN_VERSION =
      Key.of("min_version", Types.word("1.2", "1.3"), "The oldest version of TLS to speak.")
          .or("1.2");
  public static final Key<Duration> RELOAD_INTERVAL =
      Key.of(
              "reload_interval",
              Types.duration(),
              "How often the files are looked at for new certificates; 0s for never.")
          .or("0s");

  static final Key<Settings> TLS =
      Key.of(
          "tls",
          Types.optionalSection(
              Section.of(
                  CERT_FILE,
                  KEY_FILE,
                  CLIENT_CA_FILE,
                  MIN_VERSION,
                  RELOAD_INTERVAL,
                  Key.ignored("ca_file", "no server looks at it; client_ca_file is for clients"),
                  NotYet.key("cert_pem"),
                  NotYet.key("key_pem"),
                  NotYet.key("max_version"),
                  NotYet.key("client_ca_file_reload"),
                  NotYet.key("cipher_suites"),
                  NotYet.key("curve_preferences"))),
          "Speak TLS; without it the connection is plain.");

  private TlsServerConfig() {}
}
