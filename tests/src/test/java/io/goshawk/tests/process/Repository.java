// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where things are in this checkout. */
public final class Repository {

  /** The folder with the parent pom. */
  public static final Path ROOT = root();

  /** What tests build and write; gone with {@code mvn clean}. */
  public static final Path TARGET = ROOT.resolve("tests/target/e2e");

  private Repository() {}

  /** A new empty folder under {@link #TARGET} for one run of one test. */
  public static Path scratch(String name) {
    try {
      Files.createDirectories(TARGET);
      return Files.createTempDirectory(TARGET, name + "-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("bin/goshawk"))) {
      folder = folder.getParent();
      if (folder == null) {
        throw new IllegalStateException("not inside a checkout: " + Path.of("").toAbsolutePath());
      }
    }
    return folder;
  }
}
