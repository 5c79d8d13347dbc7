package io.goshawk.loader.probe;

import io.goshawk.abi.MapKind;
import io.goshawk.loader.go.GoExecutable;
import java.util.List;

/** Go's runtime: what every program needs to know about goroutines and maps. */
final class RuntimeLibrary {

  static final ProbedLibrary ENTRY =
      new ProbedLibrary(
          "runtime",
          List.of(),
          List.of(
              LayoutMember.field("g_goid", "runtime.g", "goid", "anything"),
              LayoutMember.field(
                  "g_parent_goid",
                  "runtime.g",
                  "parentGoid",
                  "http.route behind http.TimeoutHandler"),
              LayoutMember.field(
                  "g_panic", "runtime.g", "_panic", "the difference of a panic and a return"),
              new LayoutMember.FactMember(
                  "map_kind",
                  "traceparent and what else comes in headers",
                  RuntimeLibrary::mapKind)));

  private RuntimeLibrary() {}

  /**
   * Go 1.24 changed the layout of maps. The old one could still be had in 1.24 and 1.25, and 1.27
   * has a third; both as experiments (internal/goexperiment/flags.go of these releases).
   */
  private static int mapKind(GoExecutable executable) {
    String experiments = executable.buildInfo().settings().getOrDefault("GOEXPERIMENT", "");
    if (!executable.version().atLeast(1, 24) || experiments.contains("noswissmap")) {
      return MapKind.MAP_BUCKETS.value();
    }
    boolean split = List.of(experiments.split(",")).contains("mapsplitgroup");
    return (split ? MapKind.MAP_SWISS_SPLIT : MapKind.MAP_SWISS).value();
  }
}
