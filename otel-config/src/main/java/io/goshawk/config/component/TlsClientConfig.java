// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Reading;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.time.Duration;

/** {@code tls} of a client: configtls.ClientConfig. */
public final class TlsClientConfig {
  public static final Key<Boolean> INSECURE =
      Key.of("insecure", Types.bool(), "Speak without TLS.").or("false");
  public static final Key<Boolean> INSECURE_SKIP_VERIFY =
      Key.of(
              "insecure_skip_verify",
              Types.bool(),
              "Believe whoever answers: no certificate is looked at.")
          .or("false");
  public static final Key<String> CA_FILE =
      Key.of("ca_file", Types.path(), "Certificates to trust, in PEM, instead of the machine's.");
  public static final Key<String> CA_PEM = Key.of("ca_pem", Types.secret(), "The same as text.");
  public static final Key<String> CERT_FILE =
      Key.of("cert_file", Types.path(), "The client's certificate chain, in PEM.");
  public static final Key<String> CERT_PEM =
      Key.of("cert_pem", Types.secret(), "The same as text.");
  public static final Key<String> KEY_FILE =
      Key.of("key_file", Types.path(), "The client's private key, in PEM.");
  public static final Key<String> KEY_PEM = Key.of("key_pem", Types.secret(), "The same as text.");
  public static final Key<Duration> RELOAD_INTERVAL =
      Key.of(
              "reload_interval",
              Types.duration(),
              "How often the files are looked at for new certificates; 0s for never.")
          .or("0s");

  static final Section SECTION =
      Section.of(
              INSECURE,
              INSECURE_SKIP_VERIFY,
              CA_FILE,
              CA_PEM,
              CERT_FILE,
              CERT_PEM,
              KEY_FILE,
              KEY_PEM,
              RELOAD_INTERVAL,
              NotYet.key("server_name_override"),
              NotYet.key("min_version"),
              NotYet.key("max_version"),
              NotYet.key("include_system_ca_certs_pool"),
              NotYet.key("cipher_suites"),
              NotYet.key("curve_preferences"),
              NotYet.key("tpm"))
          .check(
              (settings, at) -> {
                oneOf(settings, CA_FILE, CA_PEM, at);
                oneOf(settings, CERT_FILE, CERT_PEM, at);
                oneOf(settings, KEY_FILE, KEY_PEM, at);
                boolean cert = settings.says(CERT_FILE) || settings.says(CERT_PEM);
                boolean key = settings.says(KEY_FILE) || settings.says(KEY_PEM);
                if (cert != key) {
                  at.error(settings.origin(), "has a certificate or a key without its counterpart");
                }
              });

  /** The key under which the section stands. */
  public static final Key<Settings> TLS =
      Key.of("tls", Types.section(SECTION), "How the connection is protected.");

  private TlsClientConfig() {}

  private static void oneOf(Settings settings, Key<?> a, Key<?> b, Reading at) {
    if (settings.says(a) && settings.says(b)) {
      at.member(b.name()).error(settings.origin(b), "stands beside " + a.name() + "; say one");
    }
  }
}
