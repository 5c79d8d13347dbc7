package io.goshawk.spans.resource;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The service name of a target that was not given one. */
final class ServiceName {
  private static final String UNKNOWN = "unknown_service";

  /** What {@code go run} and {@code go build FILE.go} record as the main package. */
  private static final String NO_PACKAGE = "command-line-arguments";

  /** Last elements that name no program: major versions, and folders programs lie in. */
  private static final Pattern MAJOR_VERSION = Pattern.compile("v[0-9]+");

  private static final Set<String> FOLDERS = Set.of("cmd", "main", "src");

  private ServiceName() {}

  /**
   * The name of the program: the last element of its main package's path, which is the module's for
   * a module of one program, and tells the programs of a larger module apart.
   */
  static String of(TargetProcess process) {
    TargetProcess.GoBuild go = process.go();
    return lastElement(go.packagePath())
        .or(() -> lastElement(go.modulePath()))
        .orElseGet(() -> unknown(fileName(process.executablePath())));
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
