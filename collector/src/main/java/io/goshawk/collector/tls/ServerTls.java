// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.tls;

import io.goshawk.collector.component.StartException;
import io.goshawk.config.component.TlsServerConfig;
import io.goshawk.config.schema.Settings;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.function.LongSupplier;
import javax.net.ssl.TrustManagerFactory;

/** {@code tls} of a server, by the keys of {@link TlsServerConfig}. */
public final class ServerTls {
  private ServerTls() {}

  /**
   * What it says; empty if there is no TLS.
   *
   * @param nanoClock by which the files are looked at for new certificates
   * @throws StartException if a file is no good
   */
  public static Optional<SslContextBuilder> of(Optional<Settings> tls, LongSupplier nanoClock)
      throws StartException {
    if (tls.isEmpty()) {
      return Optional.empty();
    }
    Settings settings = tls.get();
    SslContextBuilder builder;
    try {
      builder =
          SslContextBuilder.forServer(
              ServerKeys.read(
                  Path.of(settings.get(TlsServerConfig.CERT_FILE)),
                  Path.of(settings.get(TlsServerConfig.KEY_FILE)),
                  settings.get(TlsServerConfig.RELOAD_INTERVAL),
                  nanoClock));
      Optional<String> clients = settings.find(TlsServerConfig.CLIENT_CA_FILE);
      if (clients.isPresent()) {
        builder.trustManager(trusting(Path.of(clients.get()))).clientAuth(ClientAuth.REQUIRE);
      }
    } catch (IOException | GeneralSecurityException e) {
      throw new StartException("TLS: " + e.getMessage(), e);
    }
    return Optional.of(
        settings.get(TlsServerConfig.MIN_VERSION).equals("1.3")
            ? builder.protocols("TLSv1.3")
            : builder.protocols("TLSv1.3", "TLSv1.2"));
  }

  private static TrustManagerFactory trusting(Path file)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    int number = 0;
    for (X509Certificate certificate : Pem.certificates(file)) {
      store.setCertificateEntry("client-ca-" + number++, certificate);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory;
  }
}
