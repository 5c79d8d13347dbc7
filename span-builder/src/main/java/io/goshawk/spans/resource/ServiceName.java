// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.resource;

import static io.opentelemetry.semconv.ServiceAttributes.SERVICE_NAME;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a target is called. The name of one that was not given any is, in this order:
 *
 * <ol>
 *   <li>the executable's name, which people chose to tell programs apart, unless it is one that any
 *       program may have;
 *   <li>the name of a main package in a folder {@code cmd};
 *   <li>the last element of the module's path, without its major version;
 *   <li>that of the main package's path;
 *   <li>what the resource conventions prescribe where there is none.
 * </ol>
 */
public final class ServiceName {
  private static final String KEY = SERVICE_NAME.getKey();

  private static final String UNKNOWN = "unknown_service";

  /** What {@code go run} and {@code go build FILE.go} record as the main package. */
  private static final String NO_PACKAGE = "command-line-arguments";

  /** A test's main package is called like the package it tests, with this at its end. */
  private static final String TEST = ".test";

  /** Executables that are called what they are and not what they do. */
  private static final Set<String> GENERIC =
      Set.of(
          "a.out",
          "app",
          "application",
          "bin",
          "binary",
          "bootstrap",
          "cmd",
          "debug",
          "entrypoint",
          "exe",
          "main",
          "program",
          "run",
          "server",
          "service");

  /**
   * Executables that Delve and GoLand build: {@code __debug_bin123}, {@code ___go_build_main_go}.
   */
  private static final Pattern OF_DEBUGGER = Pattern.compile("__debug_bin.*|_*1?go_build_.*");

  /** Where {@code go run} and {@code go test} build: {@code go-build123/b001/exe/main}. */
  private static final Pattern OF_GO_RUN = Pattern.compile(".*/go-build[0-9]+/.*");

  /** Last elements that name no program: major versions, and folders programs lie in. */
  private static final Pattern MAJOR_VERSION = Pattern.compile("v[0-9]+");

  private static final Set<String> FOLDERS = Set.of("cmd", "main", "src");

  private static final Pattern IN_CMD = Pattern.compile("(?:.*/)?cmd/([^/]+)(?:/v[0-9]+)?");

  private ServiceName() {}

  /**
   * The name that a process was given, by the first that gives one.
   *
   * @param own what it calls itself in its environment
   * @param attributes what else it says of itself there
   */
  public static Optional<String> given(
      Optional<String> own, Map<String, String> attributes, ResourceSettings settings) {
    return settings
        .serviceName()
        .or(() -> own)
        .or(() -> Optional.ofNullable(attributes.get(KEY)))
        .or(() -> Optional.ofNullable(settings.attributes().get(KEY)));
  }

  /** The name of an executable that was not given one, by its build. */
  public static String of(TargetExecutable executable) {
    TargetProcess.GoBuild go = executable.go();
    String packagePath = tested(go.packagePath());
    return ofExecutable(executable.path())
        .or(() -> inCmd(packagePath))
        .or(() -> lastElement(go.modulePath()))
        .or(() -> lastElement(packagePath))
        .orElseGet(() -> unknown(fileName(executable.path())));
  }

  /** The name that the resource conventions prescribe where there is none. */
  static String unknown(String executable) {
    return executable.isEmpty() ? UNKNOWN : UNKNOWN + ":" + executable;
  }

  static String fileName(String path) {
    // The kernel says so of an executable that was replaced or removed.
    String deleted = " (deleted)";
    String existing =
        path.endsWith(deleted) ? path.substring(0, path.length() - deleted.length()) : path;
    return existing.substring(existing.lastIndexOf('/') + 1);
  }

  /** The same by its path alone; empty if the build has to tell. */
  public static Optional<String> ofExecutable(String path) {
    String name = fileName(path);
    boolean generic =
        name.isEmpty()
            || name.endsWith(TEST)
            || GENERIC.contains(name)
            || OF_DEBUGGER.matcher(name).matches()
            || OF_GO_RUN.matcher(path).matches();
    return generic ? Optional.empty() : Optional.of(name);
  }

  /** The package that a test's main package tests; of another, itself. */
  private static String tested(String packagePath) {
    return packagePath.endsWith(TEST)
        ? packagePath.substring(0, packagePath.length() - TEST.length())
        : packagePath;
  }

  private static Optional<String> inCmd(String packagePath) {
    Matcher cmd = IN_CMD.matcher(packagePath);
    return cmd.matches() ? Optional.of(cmd.group(1)) : Optional.empty();
  }

  private static Optional<String> lastElement(String path) {
    if (path.equals(NO_PACKAGE)) {
      return Optional.empty();
    }
    String[] elements = path.split("/");
    for (int i = elements.length - 1; i >= 0; i--) {
      String element = elements[i];
      if (!element.isEmpty()
          && !FOLDERS.contains(element)
          && !MAJOR_VERSION.matcher(element).matches()) {
        return Optional.of(element);
      }
    }
    return Optional.empty();
  }
}
