// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.tls;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The certificate and key of a server, read again when their files have changed. A handshake looks
 * at the files when that was long enough ago; if they are no good the old ones go on. Safe for
 * threads.
 */
final class ServerKeys extends X509ExtendedKeyManager {
  private static final Logger LOGGER = Logger.getLogger("io.goshawk.tls");

  /** One certificate; the alias says which, so that a handshake has it together with its key. */
  private record Pair(
      String alias, PrivateKey key, List<X509Certificate> chain, List<FileTime> changed) {}

  private final Path certificateFile;
  private final Path keyFile;
  private final Duration interval;
  private final LongSupplier nanoClock;
  private Pair current;
  private Pair previous;
  private long lookedNanos;
  private int generation;

  private ServerKeys(Path certificateFile, Path keyFile, Duration interval, LongSupplier nanoClock)
      throws IOException, GeneralSecurityException {
    this.certificateFile = certificateFile;
    this.keyFile = keyFile;
    this.interval = interval;
    this.nanoClock = nanoClock;
    this.lookedNanos = nanoClock.getAsLong();
    this.current = load(changed());
    this.previous = current;
  }

  /**
   * Reads them.
   *
   * @param interval how often the files are looked at at most; zero for never again
   */
  static ServerKeys read(Path certificates, Path key, Duration interval, LongSupplier nanoClock)
      throws IOException, GeneralSecurityException {
    return new ServerKeys(certificates, key, interval, nanoClock);
  }

  private List<FileTime> changed() throws IOException {
    return List.of(Files.getLastModifiedTime(certificateFile), Files.getLastModifiedTime(keyFile));
  }

  private Pair load(List<FileTime> changed) throws IOException, GeneralSecurityException {
    return new Pair(
        "server-" + generation++, Pem.key(keyFile), Pem.certificates(certificateFile), changed);
  }

  private synchronized Pair latest() {
    long now = nanoClock.getAsLong();
    if (!interval.isZero() && now - lookedNanos >= interval.toNanos()) {
      lookedNanos = now;
      try {
        List<FileTime> changed = changed();
        if (!changed.equals(current.changed())) {
          Pair loaded = load(changed);
          previous = current;
          current = loaded;
        }
      } catch (IOException | GeneralSecurityException e) {
        LOGGER.log(
            Level.WARNING,
            "a new certificate cannot be used, the old one goes on: {0}",
            e.getMessage());
      }
    }
    return current;
  }

  private synchronized @Nullable Pair find(String alias) {
    if (current.alias().equals(alias)) {
      return current;
    }
    return previous.alias().equals(alias) ? previous : null;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String keyType, Principal @Nullable [] issuers, SSLEngine engine) {
    Pair pair = latest();
    return pair.key().getAlgorithm().equals(keyType) ? pair.alias() : null;
  }

  @Override
  public X509Certificate @Nullable [] getCertificateChain(String alias) {
    Pair pair = find(alias);
    return pair == null ? null : pair.chain().toArray(new X509Certificate[0]);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    Pair pair = find(alias);
    return pair == null ? null : pair.key();
  }

  // What follows is of sockets and of clients, and never asked for.

  @Override
  public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseClientAlias(
      String[] keyTypes, Principal @Nullable [] issuers, Socket socket) {
    return null;
  }

  @Override
  public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public @Nullable String chooseServerAlias(
      String keyType, Principal @Nullable [] issuers, Socket socket) {
    return null;
  }
}
