// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.tls;

import io.goshawk.collector.component.StartException;
import io.goshawk.config.component.TlsClientConfig;
import io.goshawk.config.schema.Settings;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Who is believed to be the server, and how the client shows who it is.
 *
 * @param context for connections; empty where nothing else was asked for than Java's own
 */
public record ClientTls(Optional<Context> context) {

  /**
   * A context, with the trust manager that it was made of.
   *
   * @param ssl makes connections
   * @param trust is asked who the server is
   */
  public record Context(SSLContext ssl, X509TrustManager trust) {}

  /**
   * By the keys of {@code tls}.
   *
   * @throws StartException if a file cannot be used
   */
  public static ClientTls of(Settings settings) throws StartException {
    Optional<PemSource> authorities =
        PemSource.of(settings, TlsClientConfig.CA_FILE, TlsClientConfig.CA_PEM);
    Optional<PemSource> chain =
        PemSource.of(settings, TlsClientConfig.CERT_FILE, TlsClientConfig.CERT_PEM);
    Optional<PemSource> key =
        PemSource.of(settings, TlsClientConfig.KEY_FILE, TlsClientConfig.KEY_PEM);
    boolean anyServer = settings.get(TlsClientConfig.INSECURE_SKIP_VERIFY);
    if (authorities.isEmpty() && chain.isEmpty() && !anyServer) {
      return new ClientTls(Optional.empty());
    }
    Duration interval = settings.get(TlsClientConfig.RELOAD_INTERVAL);
    X509ExtendedTrustManager trust =
        anyServer
            ? new AnyServer()
            : new ReloadingTrust(
                Reloading.of(authorities.stream().toList(), interval, Material::trust));
    KeyManager[] keys = null;
    if (chain.isPresent() && key.isPresent()) {
      PemSource own = chain.get();
      PemSource secret = key.get();
      Reloading<X509ExtendedKeyManager> manager =
          Reloading.of(List.of(own, secret), interval, Material::key);
      keys = new KeyManager[] {new ReloadingKey(manager)};
    }
    try {
      SSLContext ssl = SSLContext.getInstance("TLS");
      ssl.init(keys, new TrustManager[] {trust}, null);
      return new ClientTls(Optional.of(new Context(ssl, trust)));
    } catch (GeneralSecurityException e) {
      throw new StartException("this Java has no TLS", e);
    }
  }
}
