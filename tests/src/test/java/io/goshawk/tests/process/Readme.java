// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;

/** What the README shows. */
public final class Readme {
  private static final String FENCE = "\n```";

  private Readme() {}

  /** The block to copy behind words in bold or a heading. */
  public static String block(String title) {
    try {
      String text = Files.readString(Repository.ROOT.resolve("README.md"));
      int words = Math.max(text.indexOf("**" + title + "**"), text.indexOf("# " + title + "\n"));
      if (words < 0) {
        throw new IllegalArgumentException("README.md has nothing called " + title);
      }
      int begin = text.indexOf('\n', text.indexOf(FENCE, words) + FENCE.length()) + 1;
      return text.substring(begin, text.indexOf(FENCE, begin) + 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
