// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import io.goshawk.tests.process.GoToolchain;
import java.nio.file.Path;

/** The Go programs in {@code tests/go/badday}, each built once. */
final class Programs {

  private static final String MODULE = "tests/go/badday";

  static final Path SERVE = build("./serve");

  /** Without symbols and DWARF. */
  static final Path STRIPPED = build("./serve", "-ldflags=-s -w");

  /** With other code at every address: by another Go. */
  static final Path OF_OLDEST_GO = GoToolchain.all().get(0).build(MODULE, "./serve");

  static final Path LOAD = build("./load");

  static final Path RELAY = build("./relay");

  static final Path DEADFS = build("./deadfs");

  private Programs() {}

  /** One that says it was built with another Go, and has no DWARF that could tell better. */
  static Path strippedOfVersion(String version) {
    return build("./serve", "-ldflags=-s -w -X runtime.buildVersion=" + version);
  }

  private static Path build(String main, String... flags) {
    return GoToolchain.newest().build(MODULE, main, flags);
  }
}
