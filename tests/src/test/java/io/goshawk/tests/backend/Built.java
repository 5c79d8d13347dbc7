// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.backend;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Repository;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Backends that {@code tests/backends/build} makes of their Go modules. */
final class Built {
  private static final Duration LIMIT = Duration.ofMinutes(20);

  private Built() {}

  /**
   * The executable, which is built unless this machine has it.
   *
   * @param folder for what the build prints
   */
  static String backend(String name, Path folder) {
    String build = Repository.ROOT.resolve("tests/backends/build").toString();
    return ChildProcess.run(folder, Map.of(), LIMIT, List.of(build, name)).strip();
  }
}
