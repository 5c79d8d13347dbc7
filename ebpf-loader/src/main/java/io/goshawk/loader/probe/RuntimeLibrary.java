// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static io.goshawk.loader.probe.CatalogueRow.row;
import static io.goshawk.loader.probe.ProbePoint.observe;

import io.goshawk.abi.MapKind;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.RuntimeLayout;
import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoFunction;
import io.goshawk.loader.probe.ErrorWrappers.Wrapper;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/** Go's runtime: what every program needs to know about goroutines and maps. */
final class RuntimeLibrary {

  private static final String CONTEXT = "context.Context";
  private static final String GRPC = "google.golang.org/grpc.";
  private static final String GRPC_TRANSPORT = "google.golang.org/grpc/internal/transport.";
  private static final String BY_CONTEXT =
      "the parents of calls that are given a request's context";
  private static final String BY_BIRTH = "the parents of calls on goroutines without a context";

  private static final String BY_PANIC = "the parents of calls behind one that panicked";

  private static final String CONNECTION =
      "the parents of requests whose client is watched on this host";

  /** What spans lack that do not know which error it was. */
  static final String ERROR = "the cause in error.type";

  /** An error that every program has. */
  static final String ANY_ERROR = "*errors.errorString";

  private static final String CANCELLED =
      "that a call was cancelled by its own context, where that has a cause";

  /** As many of each as {@code struct runtime_layout} has room for. */
  private static final ErrorWrappers WRAPPERS =
      new ErrorWrappers(
          "error_wrappers",
          List.of(
              new Wrapper("*net.OpError", "Err"),
              new Wrapper("*os.SyscallError", "Err"),
              new Wrapper("*net/url.Error", "Err"),
              new Wrapper("*fmt.wrapError", "err"),
              new Wrapper("net/http.nothingWrittenError", "error"),
              new Wrapper("net/http.transportReadFromServerError", "err")));

  private static final ErrorWrappers LISTS =
      new ErrorWrappers(
          "error_lists",
          List.of(
              new Wrapper("*errors.joinError", "errs"), new Wrapper("*fmt.wrapErrors", "errs")));

  static final ProbedLibrary ENTRY = entry();

  static final String PREFIX = ENTRY.layout().prefix();

  /**
   * What a row asks for whose spans look for their parents. Where no such row is on, the programs
   * do not note which goroutine is in which span.
   */
  static final String[] PARENTS = {
    "calls",
    "code",
    "value_context_key",
    "cancel_context",
    "timer_context",
    "timer_context_pointer",
    "value_context",
    "without_cancel_context",
    "background_context",
    "todo_context",
    "g_parent_goid",
    "g_m",
    "m_p",
    "p_goidcache",
    "goidgen",
    "g_waitreason",
    "chanrecv1",
    "chanrecv2",
    "selectgo",
    "selectnbrecv",
    "cond_wait",
    "mutex_lock",
    "rwmutex_lock",
    "swap_pointer",
    "compare_and_swap_pointer",
    "closechan",
    "type_assert",
    "interface_switch",
    "g_panic",
    "panic_frames",
    "panic_sp",
    "panic_link"
  };

  /** What a row asks for that sees calls which do not return. */
  private static final String[] PANICS = {
    "g_panic", "g_sched_bp", "panic_frames", "panic_sp", "g_sigcode0"
  };

  /**
   * What a row asks for whose spans link the two ends of a connection, or tell one of them: where
   * the kernel's socket of a net.Conn is.
   */
  static final String[] CONNECTIONS = {
    "code",
    "tcp_conn",
    "unix_conn",
    "tls_conn",
    "tls_conn_inner",
    "conn_fd",
    "fd_state",
    "fd_number"
  };

  private RuntimeLibrary() {}

  private static ProbedLibrary entry() {
    ProbedLibrary.Builder library =
        ProbedLibrary.library("runtime", MapLayout.RUNTIME_LAYOUT, RuntimeLayout.FIELDS)
            .field("g_goid", "runtime.g", "goid", "anything")
            .field(
                "g_parent_goid",
                "runtime.g",
                "parentGoid",
                BY_BIRTH + ", and http.route behind http.TimeoutHandler")
            .field("g_panic", "runtime.g", "_panic", "the difference of a panic and a return")
            .fact("map_kind", "traceparent and what else comes in headers", RuntimeLibrary::mapKind)
            .itab("errno_itab", "syscall.Errno", "error", ERROR)
            .itab("error_string_itab", ANY_ERROR, "error", ERROR)
            .value(
                "code",
                BY_CONTEXT,
                "the executable segment",
                "SYMBOLS",
                executable -> OptionalLong.of(executable.codeAddress()))
            .fact("calls", "parents", executable -> 1)
            .field("value_context_key", "context.valueCtx", "key", BY_CONTEXT)
            .itab("cancel_context", "*context.cancelCtx", CONTEXT, BY_CONTEXT)
            .itab("timer_context", "*context.timerCtx", CONTEXT, BY_CONTEXT)
            .fact("timer_context_pointer", BY_CONTEXT, RuntimeLibrary::timerContextPointer)
            .field("cancel_context_err", "context.cancelCtx", "err", CANCELLED)
            .field(
                "cancel_context_cause",
                CANCELLED,
                new StructField("context.cancelCtx", "cause"),
                // Before Go 1.20 there is no other.
                new StructField("context.cancelCtx", "err"))
            .itab("value_context", "*context.valueCtx", CONTEXT, BY_CONTEXT)
            .value(
                "without_cancel_context",
                BY_CONTEXT,
                "the itab of contexts that nobody cancels",
                "TYPES",
                RuntimeLibrary::withoutCancel)
            .value(
                "background_context",
                BY_CONTEXT,
                "the itab of context.Background()",
                "TYPES",
                executable -> root(executable, "context.backgroundCtx"))
            .value(
                "todo_context",
                BY_CONTEXT,
                "the itab of context.TODO()",
                "TYPES",
                executable -> root(executable, "context.todoCtx"))
            .value(
                "grpc_stream",
                BY_CONTEXT,
                "the type of a gRPC server's streams",
                "TYPES",
                RuntimeLibrary::grpcStream)
            .itab("tcp_conn", "*net.TCPConn", "net.Conn", CONNECTION)
            .itab("unix_conn", "*net.UnixConn", "net.Conn", CONNECTION)
            .itabIfAny("tls_conn", "*crypto/tls.Conn", "net.Conn", CONNECTION)
            .fieldOf("tls_conn", "tls_conn_inner", "crypto/tls.Conn", "conn", CONNECTION)
            .field("conn_fd", "net.conn", "fd", CONNECTION)
            .field("fd_state", "net.netFD", "pfd.fdmu.state", CONNECTION)
            .field("fd_number", "net.netFD", "pfd.Sysfd", CONNECTION)
            .field("g_m", "runtime.g", "m", BY_BIRTH)
            .field("m_p", "runtime.m", "p", BY_BIRTH)
            .field("p_goidcache", "runtime.p", "goidcache", BY_BIRTH)
            .value("goidgen", BY_BIRTH, "runtime.sched.goidgen", "SYMBOLS", GoidCounter::address)
            .field("g_waitreason", "runtime.g", "waitreason", BY_BIRTH)
            .value("chanrecv1", BY_BIRTH, "chan receive", "SYMBOLS", linked("runtime.chanrecv1"))
            .value("chanrecv2", BY_BIRTH, "chan receive", "SYMBOLS", linked("runtime.chanrecv2"))
            .value("selectgo", BY_BIRTH, "select", "SYMBOLS", linked("runtime.selectgo"))
            .value("selectnbrecv", BY_BIRTH, "select", "SYMBOLS", linked("runtime.selectnbrecv"))
            .value("cond_wait", BY_BIRTH, "sync.Cond", "SYMBOLS", linked("sync.(*Cond).Wait"))
            .value("mutex_lock", BY_BIRTH, "sync.Mutex", "SYMBOLS", linked("sync.(*Mutex).Lock"))
            .value(
                "rwmutex_lock", BY_BIRTH, "sync.RWMutex", "SYMBOLS", linked("sync.(*RWMutex).Lock"))
            .value("swap_pointer", BY_BIRTH, "swap", "SYMBOLS", linked("sync/atomic.SwapPointer"))
            .value(
                "compare_and_swap_pointer",
                BY_BIRTH,
                "compare-and-swap",
                "SYMBOLS",
                linked("sync/atomic.CompareAndSwapPointer"))
            .value("closechan", BY_BIRTH, "close", "SYMBOLS", linked("runtime.closechan"))
            .value(
                "type_assert",
                BY_BIRTH,
                "a type assertion",
                "SYMBOLS",
                linked("runtime.typeAssert"))
            .value(
                "interface_switch",
                BY_BIRTH,
                "a type switch",
                "SYMBOLS",
                linked("runtime.interfaceSwitch"))
            .fact("panic_frames", BY_PANIC, executable -> framesOfPanics(executable) ? 1 : 0)
            .field("panic_sp", "runtime._panic", "sp", BY_PANIC)
            .field("panic_link", "runtime._panic", "link", BY_PANIC)
            .field("g_sigcode0", "runtime.g", "sigcode0", BY_PANIC)
            .field("g_sched_bp", "runtime.g", "sched.bp", "the end of queries by pgx that panic");
    WRAPPERS.addTo(library);
    LISTS.addTo(library);
    return library.build();
  }

  /**
   * Begins the row of calls that do not return: nobody comes by but who recovers a panic, with the
   * goroutine, or has the goroutine exit.
   *
   * @param row whose calls they are
   * @param call what one is
   * @param releases of Go in which they do not come by their own ends
   */
  static CatalogueRow.Builder panics(String row, String call, VersionRange releases) {
    return row(row + ".panic")
        .gives("the end of a " + call + " that panics, or whose goroutine exits")
        .without("such calls have no span, and later ones may be taken for their children")
        .requires(row)
        .usesRuntime(PANICS)
        .probe(observe("panic_recovered").at("runtime.recovery", releases, 0).arguments(1))
        .probe(observe("goroutine_exits").at("runtime.Goexit", releases, 0).whereItIs());
  }

  /**
   * What a handler's context has as the stream: since 1.69 a type that only servers have. Messages
   * are read from it, as from what implements an interface.
   */
  private static OptionalLong grpcStream(GoExecutable executable) {
    return executable.types(Set.of(GRPC + "streamReader", "io.Reader")).entrySet().stream()
        .filter(
            type ->
                type.getValue().equals("*" + GRPC_TRANSPORT + "ServerStream")
                    || type.getValue().equals("*" + GRPC_TRANSPORT + "Stream"))
        .mapToLong(Map.Entry::getKey)
        .findFirst();
  }

  /** context/context.go of Go 1.20, unlike that of all others. */
  private static int timerContextPointer(GoExecutable executable) {
    return executable.version().atLeast(1, 20) && !executable.version().atLeast(1, 21) ? 1 : 0;
  }

  /** runtime/panic.go has a _panic go from frame to frame since Go 1.22. */
  private static boolean framesOfPanics(GoExecutable executable) {
    return executable.version().atLeast(1, 22);
  }

  /** The address of a function; 0 where the executable has none, so that nobody calls it. */
  private static Function<GoExecutable, OptionalLong> linked(String function) {
    return executable ->
        OptionalLong.of(executable.function(function).map(GoFunction::address).orElse(0L));
  }

  /**
   * The members by which the programs find out which error it was, and of which type values are.
   */
  static String[] errorMembers() {
    return Stream.of(
            Stream.of(
                "code",
                "errno_itab",
                "error_string_itab",
                "cancel_context",
                "cancel_context_err",
                "cancel_context_cause",
                "timer_context",
                "timer_context_pointer",
                "value_context",
                "without_cancel_context"),
            Stream.of(WRAPPERS.members()),
            Stream.of(LISTS.members()))
        .flatMap(members -> members)
        .toArray(String[]::new);
  }

  /** Of contexts that have no parent; until Go 1.20 both are of one type. */
  private static OptionalLong root(GoExecutable executable, String type) {
    boolean apart = executable.version().atLeast(1, 21);
    return executable.itab(apart ? type : "*context.emptyCtx", CONTEXT);
  }

  /** Since Go 1.21 there are such contexts. */
  private static OptionalLong withoutCancel(GoExecutable executable) {
    return executable.version().atLeast(1, 21)
        ? executable.itab("context.withoutCancelCtx", CONTEXT)
        : OptionalLong.of(0);
  }

  /**
   * Go 1.24 changed the layout of maps. The old one could still be had in 1.24 and 1.25, and 1.27
   * has a third; both as experiments (internal/goexperiment/flags.go of these releases).
   */
  private static int mapKind(GoExecutable executable) {
    Set<String> experiments = executable.buildInfo().experiments();
    if (!executable.version().atLeast(1, 24) || experiments.contains("noswissmap")) {
      return MapKind.MAP_BUCKETS.value();
    }
    return (experiments.contains("mapsplitgroup") ? MapKind.MAP_SWISS_SPLIT : MapKind.MAP_SWISS)
        .value();
  }
}
