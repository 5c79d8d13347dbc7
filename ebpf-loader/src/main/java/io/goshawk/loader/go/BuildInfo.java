// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the Go linker wrote about a build.
 *
 * @param goVersion as written, for example {@code go1.26.8 X:loopvar}; empty if not recorded
 * @param path import path of the main package; empty if not recorded
 * @param main the main module, version possibly {@code (devel)}; empty path if not recorded
 * @param modules the modules it was built from, in the order of {@code go version -m}
 * @param settings build settings such as {@code vcs.revision}, {@code GOARCH}, {@code GOEXPERIMENT}
 */
public record BuildInfo(
    String goVersion,
    String path,
    Module main,
    List<Module> modules,
    Map<String, String> settings) {

  /** Nothing recorded, as in a binary that was built without module support. */
  public static final BuildInfo EMPTY =
      new BuildInfo("", "", new Module("", ""), List.of(), Map.of());

  public BuildInfo {
    modules = List.copyOf(modules);
    settings = Map.copyOf(settings);
  }

  /**
   * A module and the version that was required.
   *
   * @param replacement what a {@code replace} directive put in its place; a directory has an empty
   *     version
   */
  public record Module(String path, String version, @Nullable Module replacement) {

    public Module(String path, String version) {
      this(path, version, null);
    }

    /** The module whose code was linked: the replacement if there is one. */
    public Module linked() {
      return replacement == null ? this : replacement;
    }
  }

  /** The module of that path, the main one included. */
  public Optional<Module> module(String modulePath) {
    if (main.path().equals(modulePath)) {
      return Optional.of(main);
    }
    return modules.stream().filter(m -> m.path().equals(modulePath)).findFirst();
  }

  /**
   * The experiments that differ from the toolchain's defaults, such as {@code noswissmap}: from the
   * setting {@code GOEXPERIMENT} and from the {@code X:} part of the version.
   */
  public Set<String> experiments() {
    Set<String> names = new TreeSet<>(split(settings.getOrDefault("GOEXPERIMENT", "")));
    int x = goVersion.indexOf("X:");
    if (x >= 0) {
      String rest = goVersion.substring(x + 2);
      int end = rest.indexOf(' ');
      names.addAll(split(end < 0 ? rest : rest.substring(0, end)));
    }
    return names;
  }

  private static List<String> split(String list) {
    return list.isEmpty() ? List.of() : List.of(list.split(","));
  }
}
