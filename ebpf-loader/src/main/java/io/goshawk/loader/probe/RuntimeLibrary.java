// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.abi.MapKind;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.RuntimeLayout;
import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.go.GoExecutable;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Go's runtime: what every program needs to know about goroutines and maps. */
final class RuntimeLibrary {

  private static final String CONTEXT = "context.Context";
  private static final String BY_CONTEXT =
      "the parents of calls that are given a request's context";
  private static final String BY_BIRTH = "the parents of calls on goroutines without a context";

  /** What spans lack that do not know which error it was. */
  private static final String ERROR = "the cause in error.type";

  /** Errors that wrap another one, and the field that holds it. */
  private static final List<StructField> WRAPPERS =
      List.of(
          new StructField("net.OpError", "Err"),
          new StructField("os.SyscallError", "Err"),
          new StructField("net/url.Error", "Err"),
          new StructField("fmt.wrapError", "err"),
          new StructField("net/http.nothingWrittenError", "error"),
          new StructField("net/http.transportReadFromServerError", "err"));

  /** Those that are errors as they are, and not pointers to them. */
  private static final Set<String> VALUES =
      Set.of("net/http.nothingWrittenError", "net/http.transportReadFromServerError");

  static final ProbedLibrary ENTRY = entry();

  static final String PREFIX = ENTRY.layout().prefix();

  /** What a row asks for whose spans are the parents of others on other goroutines. */
  static final String[] PARENTS = {
    "code",
    "value_context_key",
    "cancel_context",
    "timer_context",
    "value_context",
    "without_cancel_context",
    "background_context",
    "todo_context",
    "g_parent_goid",
    "g_m",
    "m_p",
    "p_goidcache",
    "goidgen"
  };

  private RuntimeLibrary() {}

  private static ProbedLibrary entry() {
    ProbedLibrary.Builder library =
        ProbedLibrary.library("runtime", MapLayout.RUNTIME_LAYOUT, RuntimeLayout.FIELDS)
            .field("g_goid", "runtime.g", "goid", "anything")
            .field(
                "g_parent_goid", "runtime.g", "parentGoid", "http.route behind http.TimeoutHandler")
            .field("g_panic", "runtime.g", "_panic", "the difference of a panic and a return")
            .fact("map_kind", "traceparent and what else comes in headers", RuntimeLibrary::mapKind)
            .itab("errno_itab", "syscall.Errno", "error", ERROR)
            .itab("error_string_itab", "*errors.errorString", "error", ERROR)
            .value(
                "code",
                BY_CONTEXT,
                "the executable segment",
                "SYMBOLS",
                executable -> OptionalLong.of(executable.codeAddress()))
            .field("value_context_key", "context.valueCtx", "key", BY_CONTEXT)
            .itab("cancel_context", "*context.cancelCtx", CONTEXT, BY_CONTEXT)
            .itab("timer_context", "*context.timerCtx", CONTEXT, BY_CONTEXT)
            .itab("value_context", "*context.valueCtx", CONTEXT, BY_CONTEXT)
            .itab("without_cancel_context", "context.withoutCancelCtx", CONTEXT, BY_CONTEXT)
            .itab("background_context", "context.backgroundCtx", CONTEXT, BY_CONTEXT)
            .itab("todo_context", "context.todoCtx", CONTEXT, BY_CONTEXT)
            .field("g_m", "runtime.g", "m", BY_BIRTH)
            .field("m_p", "runtime.m", "p", BY_BIRTH)
            .field("p_goidcache", "runtime.p", "goidcache", BY_BIRTH)
            .value("goidgen", BY_BIRTH, "runtime.sched.goidgen", "SYMBOLS", GoidCounter::address);
    for (int i = 0; i < WRAPPERS.size(); i++) {
      StructField inner = WRAPPERS.get(i);
      String type = VALUES.contains(inner.struct()) ? inner.struct() : "*" + inner.struct();
      library
          .itab(wrapper(i) + "itab", type, "error", ERROR)
          .field(wrapper(i) + "error", ERROR, inner);
    }
    return library.build();
  }

  private static String wrapper(int index) {
    return "error_wrappers[" + index + "].";
  }

  /** The members by which the programs find out which error it was. */
  static String[] errorMembers() {
    return Stream.concat(
            Stream.of("errno_itab", "error_string_itab"),
            IntStream.range(0, WRAPPERS.size())
                .boxed()
                .flatMap(i -> Stream.of(wrapper(i) + "itab", wrapper(i) + "error")))
        .toArray(String[]::new);
  }

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
