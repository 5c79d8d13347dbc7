// SPDX-License-Identifier: Apache-2.0
package io.goshawk.testing;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * The cases of property tests. Each case has a seed of its own: consecutive numbers from 0, so that
 * every run tests the same. A failure names the seed; {@code -Dgoshawk.seed=N} begins at N instead,
 * be it to see that case first or to look at others. {@code -Dgoshawk.seconds=N} goes on with as
 * many cases as there is time for: see tests/fuzz.
 */
public final class SeededCases {

  private static final String FIRST_SEED = "goshawk.seed";
  private static final String SECONDS = "goshawk.seconds";
  private static final byte[] EDGES = {0, 1, -1, Byte.MAX_VALUE, Byte.MIN_VALUE};
  private static final int FEW = 16;

  private SeededCases() {}

  /** What must hold for each value. */
  @FunctionalInterface
  public interface Property<T> {
    void holdsFor(T value) throws Exception;
  }

  /** Tests the property with at least this many generators, each with another seed. */
  public static void forEachSeed(int cases, Property<RandomGenerator> property) {
    long first = Long.parseLong(System.getProperty(FIRST_SEED, "0"));
    long begin = System.nanoTime();
    long nanos = TimeUnit.SECONDS.toNanos(Long.getLong(SECONDS, 0));
    for (long seed = first; seed < first + cases || System.nanoTime() - begin < nanos; seed++) {
      // Not java.util.Random: what it says first is nearly the same for seeds in a row.
      String name = "seed %d (-D%s=%d begins with it)".formatted(seed, FIRST_SEED, seed);
      check(name, new SplittableRandom(seed), property);
    }
  }

  /**
   * Tests the property with none, with one and with the most bytes of each edge value, then with
   * this many arrays of any bytes, often short, often with edge values in them.
   */
  public static void forAnyBytes(int cases, int mostBytes, Property<byte[]> property) {
    check("no bytes", new byte[0], property);
    for (byte edge : EDGES) {
      for (int length : new int[] {1, mostBytes}) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, edge);
        check("bytes " + HexFormat.of().formatHex(bytes), bytes, property);
      }
    }
    forEachSeed(cases, random -> property.holdsFor(bytes(random, mostBytes)));
  }

  /** Any bytes, often few, and each at times an edge value. */
  public static byte[] bytes(RandomGenerator random, int mostBytes) {
    int most = random.nextBoolean() ? mostBytes : Math.min(mostBytes, FEW);
    byte[] bytes = new byte[random.nextInt(most + 1)];
    random.nextBytes(bytes);
    for (int i = 0; i < bytes.length; i++) {
      if (random.nextInt(4) == 0) {
        bytes[i] = EDGES[random.nextInt(EDGES.length)];
      }
    }
    return bytes;
  }

  private static <T> void check(String name, T value, Property<T> property) {
    try {
      property.holdsFor(value);
    } catch (Exception | Error e) {
      throw new AssertionError("with " + name + ": " + e.getMessage(), e);
    }
  }
}
