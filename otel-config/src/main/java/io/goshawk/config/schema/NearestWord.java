// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.schema;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Which word somebody meant who wrote another. */
public final class NearestWord {
  private static final int MAX_LISTED = 12;

  private NearestWord() {}

  /** The word that is likely meant, if one is. */
  public static Optional<String> of(String written, Collection<String> words) {
    if (written.length() > 100) {
      return Optional.empty();
    }
    String plain = plain(written);
    String nearest = null;
    int least = Math.max(1, plain.length() / 3) + 1;
    for (String word : words) {
      int distance = distance(plain, plain(word));
      if (distance < least) {
        least = distance;
        nearest = word;
      }
    }
    return Optional.ofNullable(nearest);
  }

  /** How a message about a wrong word ends. */
  public static String hint(String written, Collection<String> words) {
    Optional<String> nearest = of(written, words);
    if (nearest.isPresent()) {
      return "; did you mean \"" + nearest.get() + "\"?";
    }
    List<String> listed = words.stream().limit(MAX_LISTED).toList();
    return listed.isEmpty()
        ? ""
        : "; known are "
            + String.join(", ", listed)
            + (listed.size() < words.size() ? " and " + (words.size() - MAX_LISTED) + " more" : "");
  }

  /** {@code sendBatchSize} and {@code send-batch-size} are as good as {@code send_batch_size}. */
  private static String plain(String word) {
    return word.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
  }

  /**
   * How many characters have to be put in, left out, changed or swapped with their neighbour: the
   * optimal string alignment distance.
   */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1), d[i - 1][j - 1] + change);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
