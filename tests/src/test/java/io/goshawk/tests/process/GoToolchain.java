// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A version of Go that builds the programs tests trace. The {@code go} on PATH fetches it if need
 * be; {@code bin/setup} has done that before.
 *
 * @param version such as {@code 1.27.4}
 */
public record GoToolchain(String version) {

  private static final Duration BUILD_LIMIT = Duration.ofMinutes(5);

  /** Every version that is supported, oldest first, from {@code tests/go/toolchains}. */
  public static List<GoToolchain> all() {
    try (var lines = Files.lines(Repository.ROOT.resolve("tests/go/toolchains"))) {
      return lines.filter(line -> !line.startsWith("#")).map(GoToolchain::new).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static GoToolchain newest() {
    List<GoToolchain> all = all();
    return all.get(all.size() - 1);
  }

  /**
   * Builds a program of this repository.
   *
   * @param module the folder of its go.mod, from the root of the repository
   * @param main the folder of the package inside the module, such as {@code ./serve}
   * @param flags further flags for {@code go build}
   * @return the executable
   */
  public Path build(String module, String main, String... flags) {
    return build(Map.of("CGO_ENABLED", "0"), module, main, flags);
  }

  /** The same with what it has in C, which is compiled in the quickest way. */
  public Path buildWithC(String module, String main, String... flags) {
    return build(Map.of("CGO_ENABLED", "1", "CGO_CFLAGS", "-O0"), module, main, flags);
  }

  private Path build(Map<String, String> settings, String module, String main, String... flags) {
    Path folder = Repository.ROOT.resolve(module);
    String name = (module + "-" + main + String.join("", flags)).replaceAll("[^A-Za-z0-9]+", "-");
    Path executable = Repository.TARGET.resolve("go" + version).resolve(name);
    List<String> command =
        new ArrayList<>(
            List.of("go", "build", "-C", folder.toString(), "-mod=mod", "-buildvcs=false"));
    command.addAll(List.of(flags));
    command.addAll(List.of("-o", executable.toString(), main));
    try {
      Files.createDirectories(executable.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    // Without -C's own folder as working directory, so that the output files are not among sources.
    Map<String, String> environment = new HashMap<>(settings);
    environment.put("GOTOOLCHAIN", "go" + version);
    ChildProcess.run(Repository.scratch("go-build"), environment, BUILD_LIMIT, command);
    return executable;
  }

  @Override
  public String toString() {
    return "Go " + version;
  }
}
