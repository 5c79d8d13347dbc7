// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.process;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A version of Go that builds the programs tests trace. The {@code go} on PATH fetches it if need
 * be; {@code bin/setup} has done that before.
 *
 * @param version such as {@code 1.27.4}
 */
public record GoToolchain(String version) {

  private static final Duration BUILD_LIMIT = Duration.ofMinutes(15);

  /** What was built in this run: {@code go} takes a second to find that nothing has changed. */
  private static final Map<Path, Path> BUILT = new ConcurrentHashMap<>();

  /** The first that knows the flag {@code -buildvcs}. */
  private static final int FIRST_STAMPED_MINOR = 18;

  /** The first that a {@code go} command of another version fetches and runs by itself. */
  private static final int FIRST_SWITCHED_MINOR = 21;

  /** Every version that the default tier builds with, oldest first. */
  public static List<GoToolchain> all() {
    return listed("tests/go/toolchains");
  }

  /** The oldest and the newest of {@link #all}. */
  public static List<GoToolchain> ends() {
    return List.of(all().get(0), newest());
  }

  /** Those that only {@code bin/test --matrix} builds with besides, oldest first. */
  public static List<GoToolchain> older() {
    return listed("tests/go/toolchains-older");
  }

  private static List<GoToolchain> listed(String file) {
    try (var lines = Files.lines(Repository.ROOT.resolve(file))) {
      return lines.filter(line -> !line.startsWith("#")).map(GoToolchain::new).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** That of a minor release, such as {@code 1.26}. */
  public static GoToolchain of(String minor) {
    return Stream.concat(older().stream(), all().stream())
        .filter(go -> go.version.startsWith(minor + "."))
        .findFirst()
        .orElseThrow();
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

  /** The same with variables that {@code go} knows, such as {@code GOEXPERIMENT}. */
  public Path build(Map<String, String> settings, String module, String main, String... flags) {
    Path folder = Repository.ROOT.resolve(module);
    String what = module + "-" + main + String.join("", flags) + new TreeMap<>(settings);
    String name = what.replaceAll("[^A-Za-z0-9]+", "-");
    Path executable = Repository.TARGET.resolve("go" + version).resolve(name);
    return BUILT.computeIfAbsent(executable, path -> build(path, settings, folder, main, flags));
  }

  private Path build(
      Path executable, Map<String, String> settings, Path folder, String main, String... flags) {
    List<String> command = new ArrayList<>(List.of("build", "-mod=mod"));
    if (minor() >= FIRST_STAMPED_MINOR) {
      command.add("-buildvcs=false");
    }
    command.addAll(List.of(flags));
    command.addAll(List.of("-o", executable.toString(), main));
    try {
      Files.createDirectories(executable.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    go(folder, settings, command);
    return executable;
  }

  /** Copies what a module imports into its own folder. */
  public void vendor(Path module) {
    go(module, Map.of(), List.of("mod", "vendor"));
  }

  private void go(Path folder, Map<String, String> settings, List<String> arguments) {
    // Not as this process's working directory, or the files with its output would be among sources.
    List<String> command = new ArrayList<>(List.of("env", "--chdir=" + folder));
    Map<String, String> environment = new HashMap<>(settings);
    if (minor() < FIRST_SWITCHED_MINOR) {
      Path root = unpacked();
      environment.put("GOROOT", root.toString());
      command.add(root.resolve("bin/go").toString());
    } else {
      environment.put("GOTOOLCHAIN", "go" + version);
      command.add("go");
    }
    if (minor() < FIRST_STAMPED_MINOR) {
      environment.put("GOFLAGS", "-mod=mod"); // go's own settings may have flags of newer ones
    }
    command.addAll(arguments);
    ChildProcess.run(Repository.scratch("go-build"), environment, BUILD_LIMIT, command);
  }

  /** The second number of its version. */
  public int minor() {
    return Integer.parseInt(version.split("\\.")[1]);
  }

  /**
   * The toolchain's root, out of the module that it is distributed as: files of modules are not
   * executable, and such an old {@code go} does not build what lies among modules.
   */
  private Path unpacked() {
    Path root = Repository.TARGET.resolve("toolchain-" + version);
    Path scratch = Repository.scratch("go-toolchain");
    if (!Files.exists(root)) {
      String module = "golang.org/toolchain@v0.0.1-go" + version + ".linux-amd64";
      String answer =
          ChildProcess.run(
              scratch, Map.of(), BUILD_LIMIT, List.of("go", "mod", "download", "-json", module));
      String from = JsonParser.parseString(answer).getAsJsonObject().get("Dir").getAsString();
      String copy =
          "cp -r \"$0\" \"$1.part\" && chmod -R u+w \"$1.part\""
              + " && chmod a+x \"$1.part\"/bin/* \"$1.part\"/pkg/tool/*/* && mv \"$1.part\" \"$1\"";
      ChildProcess.run(
          scratch, Map.of(), BUILD_LIMIT, List.of("sh", "-c", copy, from, root.toString()));
    }
    return root;
  }

  @Override
  public String toString() {
    return "Go " + version;
  }
}
