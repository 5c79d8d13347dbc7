// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.dwarf.StructField;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A program of 150 MB and more, most of it DWARF: a real one whose debug data is there many times.
 */
class LargeExecutableTest {

  private static final long LARGE_BYTES = 150_000_000;

  @ParameterizedTest
  @ValueSource(strings = {"none", "zlib"})
  void isReadWithFortyMegabytes(String compression, @TempDir Path directory) throws IOException {
    Path large = grow(GoFixtures.server("1.26.11", "-ldflags=-compressdwarf=false"), directory);
    assertThat(Files.size(large)).isGreaterThan(LARGE_BYTES);
    Path program = directory.resolve("program");
    objcopy("--compress-debug-sections=" + compression, large, program);
    String printed = DamagedFilesTest.java("-Xmx40m", Reader.class, program);
    assertThat(printed).isEqualTo("SYMTAB, 128\n");
  }

  private static Path grow(Path program, Path directory) throws IOException {
    Path info = directory.resolve("info");
    Path copies = directory.resolve("copies");
    Path large = directory.resolve("large");
    objcopy("--dump-section=.debug_info=" + info, program, large);
    byte[] once = Files.readAllBytes(info);
    try (OutputStream out = Files.newOutputStream(copies)) {
      // Units are read wherever they lie; a reference between copies leads to an equal entry.
      for (long bytes = 0; bytes < LARGE_BYTES; bytes += once.length) {
        out.write(once);
      }
    }
    objcopy("--update-section=.debug_info=" + copies, program, large);
    return large;
  }

  private static void objcopy(String option, Path from, Path to) {
    GoBuild.run(
        from.getParent(), List.of("objcopy", option, from.toString(), to.toString()), Map.of());
  }

  /** What the agent does with a target, in a JVM of its own. */
  static final class Reader {

    private Reader() {}

    public static void main(String[] arguments) {
      try (GoExecutable executable = GoFixtures.open(Path.of(arguments[0]))) {
        StructField status = new StructField("net/http.response", "status");
        // A field that is not there: the pass goes to the end.
        StructField none = new StructField("net/http.response", "cw.none");
        var offsets = executable.structs().offsets(List.of(status, none));
        executable.function("net/http.(*conn).serve").orElseThrow();
        System.out.printf("%s, %s%n", executable.symbolSource(), offsets.get(status).bytes());
      }
    }
  }
}
