// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Java's managers, made of what was read. */
final class Material {
  private static final char[] NO_PASSWORD = new char[0];

  private Material() {}

  /** Believes who has a certificate by one of these; without any, by the machine's. */
  static X509ExtendedTrustManager trust(List<byte[]> authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = null;
    if (!authorities.isEmpty()) {
      store = emptyStore();
      int number = 0;
      for (X509Certificate certificate : Pem.certificates(authorities.get(0))) {
        store.setCertificateEntry("authority-" + number++, certificate);
      }
    }
    return trust(store);
  }

  private static X509ExtendedTrustManager trust(@Nullable KeyStore store)
      throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager trust) {
        return trust;
      }
    }
    throw new GeneralSecurityException("this Java has no trust manager for X.509");
  }

  /** Shows a chain whose key it has: the first text holds the chain, the second the key. */
  static X509ExtendedKeyManager key(List<byte[]> chainAndKey)
      throws GeneralSecurityException, IOException {
    Certificate[] chain = Pem.certificates(chainAndKey.get(0)).toArray(new Certificate[0]);
    KeyStore store = emptyStore();
    store.setKeyEntry("client", Pem.privateKey(chainAndKey.get(1)), NO_PASSWORD, chain);
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    for (KeyManager manager : factory.getKeyManagers()) {
      if (manager instanceof X509ExtendedKeyManager key) {
        return key;
      }
    }
    throw new GeneralSecurityException("this Java has no key manager for X.509");
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    return store;
  }
}
