// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.tls;

import io.goshawk.collector.component.StartException;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What is made of some files, made again when they have changed. Files that cannot be used leave
 * what was made before as it is, and are told of once. Safe for threads.
 *
 * @param <T> what is made
 */
final class Reloading<T> {
  private static final Logger LOG = Logger.getLogger(Reloading.class.getName());

  /** Makes it of the texts, one for each source. */
  interface Maker<T> {
    T make(List<byte[]> texts) throws GeneralSecurityException, IOException;
  }

  private final List<PemSource> sources;
  private final long intervalNanos;
  private final Maker<T> maker;
  private List<byte[]> texts;
  private T made;
  private long lookedNanos;
  private @Nullable String said;

  private Reloading(
      List<PemSource> sources, long intervalNanos, Maker<T> maker, List<byte[]> texts, T made) {
    this.sources = List.copyOf(sources);
    this.intervalNanos = intervalNanos;
    this.maker = maker;
    this.texts = texts;
    this.made = made;
    this.lookedNanos = System.nanoTime();
  }

  /**
   * Makes it for the first time.
   *
   * @param interval how often the files are looked at; zero for never
   * @throws StartException if they cannot be used
   */
  static <T> Reloading<T> of(List<PemSource> sources, Duration interval, Maker<T> maker)
      throws StartException {
    try {
      List<byte[]> texts = read(sources);
      return new Reloading<>(sources, interval.toNanos(), maker, texts, maker.make(texts));
    } catch (IOException | GeneralSecurityException e) {
      throw new StartException(cannot(sources, e), e);
    }
  }

  private static String cannot(List<PemSource> sources, Exception e) {
    List<String> names = sources.stream().map(PemSource::where).toList();
    return String.join(" and ", names)
        + " cannot be used: "
        + e.getMessage()
        + "; certificates must be X.509 in PEM, a key PKCS #8 in PEM";
  }

  private static List<byte[]> read(List<PemSource> sources) throws IOException {
    List<byte[]> texts = new ArrayList<>();
    for (PemSource source : sources) {
      texts.add(source.read());
    }
    return texts;
  }

  /** As the files are now, or were when they could last be used. */
  synchronized T current() {
    long now = System.nanoTime();
    if (intervalNanos > 0 && now - lookedNanos >= intervalNanos) {
      lookedNanos = now;
      look();
    }
    return made;
  }

  private void look() {
    try {
      List<byte[]> fresh = read(sources);
      if (!same(fresh)) {
        made = maker.make(fresh);
        texts = fresh;
        LOG.info(() -> sources.get(0).where() + " was read again");
      }
      said = null;
    } catch (IOException | GeneralSecurityException e) {
      String problem = cannot(sources, e) + "; what was read before goes on";
      if (!problem.equals(said)) {
        said = problem;
        LOG.warning(problem);
      }
    }
  }

  private boolean same(List<byte[]> fresh) {
    for (int i = 0; i < fresh.size(); i++) {
      if (!Arrays.equals(fresh.get(i), texts.get(i))) {
        return false;
      }
    }
    return true;
  }
}
