// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import io.goshawk.tests.process.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Makes shared libraries with the compiler that also builds the eBPF programs. */
final class Compiler {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private Compiler() {}

  static Path library(Path folder, String name, String source) throws IOException {
    Path file = Files.writeString(folder.resolve(name + ".c"), source);
    Path library = folder.resolve("lib" + name + ".so");
    ChildProcess.run(
        folder,
        Map.of(),
        LIMIT,
        List.of("clang", "-shared", "-fPIC", "-o", library.toString(), file.toString()));
    return library;
  }
}
