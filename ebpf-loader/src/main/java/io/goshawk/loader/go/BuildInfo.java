package io.goshawk.loader.go;

import java.util.List;
import java.util.Map;

/**
 * What the Go linker wrote about a build.
 *
 * @param goVersion as written, for example {@code go1.26.8 X:loopvar}
 * @param path import path of the main package; empty if not recorded
 * @param main the main module, version possibly {@code (devel)}; empty path if not recorded
 * @param modules the modules it was built from, replacements applied
 * @param settings build settings such as {@code vcs.revision}, {@code GOARCH}, {@code GOEXPERIMENT}
 */
public record BuildInfo(
    String goVersion,
    String path,
    Module main,
    List<Module> modules,
    Map<String, String> settings) {

  public BuildInfo {
    modules = List.copyOf(modules);
    settings = Map.copyOf(settings);
  }

  /** A module and the version that was linked. */
  public record Module(String path, String version) {}
}
