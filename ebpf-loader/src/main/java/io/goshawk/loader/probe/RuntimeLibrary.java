package io.goshawk.loader.probe;

import io.goshawk.abi.MapKind;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.RuntimeLayout;
import io.goshawk.loader.go.GoExecutable;
import java.util.List;

/** Go's runtime: what every program needs to know about goroutines and maps. */
final class RuntimeLibrary {

  static final ProbedLibrary ENTRY =
      ProbedLibrary.library("runtime", MapLayout.RUNTIME_LAYOUT, RuntimeLayout.FIELDS)
          .field("g_goid", "runtime.g", "goid", "anything")
          .field(
              "g_parent_goid", "runtime.g", "parentGoid", "http.route behind http.TimeoutHandler")
          .field("g_panic", "runtime.g", "_panic", "the difference of a panic and a return")
          .fact("map_kind", "traceparent and what else comes in headers", RuntimeLibrary::mapKind)
          .build();

  static final String PREFIX = ENTRY.layout().prefix();

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
