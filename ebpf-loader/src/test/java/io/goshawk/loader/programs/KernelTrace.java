// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.Counter;
import io.goshawk.abi.ExecutionRecord;
import io.goshawk.abi.ExecutionString;
import io.goshawk.abi.ProcessRecord;
import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.Sampling;
import io.goshawk.abi.Settings;
import io.goshawk.abi.StringRef;
import io.goshawk.abi.UnknownType;
import io.goshawk.abi.UnknownTypeRecord;
import io.goshawk.loader.bpf.ObjectOptions;
import io.goshawk.loader.file.ExecutableFile;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoFixtures;
import io.goshawk.loader.probe.ProbeCatalogue;
import io.goshawk.loader.probe.ProbePlanner;
import io.goshawk.loader.ring.RingReader;
import io.goshawk.loader.session.Attachment;
import io.goshawk.loader.session.TracingSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The programs, loaded and attached to one executable, and the records they make. They find it by
 * its plan, as the agent does.
 */
final class KernelTrace implements AutoCloseable {
  private static final int BINARY = 7;
  private static final long LIMIT_NANOS = 20_000_000_000L;

  private final TracingSession session;
  private final Attachment attachment;
  private final RingReader ring;
  private final Deque<HttpRecord> spans = new ArrayDeque<>();
  private final Deque<ClientRecord> calls = new ArrayDeque<>();
  private final List<Long> unknownTypes = new ArrayList<>();
  private final Deque<ProcessLife> lives = new ArrayDeque<>();
  private final List<Execution> executions = new ArrayList<>();
  private final Set<Integer> wanted = new HashSet<>();

  /** A {@code process_record}, taken apart. */
  record ProcessLife(RecordType type, long tgid, long parentTgid, int exitCode) {}

  /** What an {@code execution_record} says besides. */
  record Execution(long tgid, long startBoottimeNanos, int uid, List<Text> texts) {
    Text text(ExecutionString string) {
      return texts.get(string.value());
    }
  }

  /** A string of a record, and how many bytes there were of it. */
  record Text(String text, int originalLength) {
    static Text of(String whole) {
      return new Text(whole, whole.length());
    }
  }

  private KernelTrace(TracingSession session, Path executable, ProbeCatalogue catalogue) {
    this.session = session;
    this.attachment = attach(executable, catalogue);
    this.ring = session.ring();
  }

  static KernelTrace of(GoServer server) {
    return of(server, ObjectOptions.DEFAULT);
  }

  /** A process may fill so many percent of the tables of open spans. */
  void openShare(int percent) {
    session.variable(".data.open_share", percent);
  }

  /** As if nothing but these libraries were in the executable. */
  static KernelTrace of(GoServer server, ProbeCatalogue catalogue) {
    return of(server.executable(), server.pid(), ObjectOptions.DEFAULT, catalogue);
  }

  static KernelTrace of(GoServer server, ObjectOptions options) {
    return of(server, server.pid(), options);
  }

  /** With the id that the server's process has where the programs are told to look. */
  static KernelTrace of(GoServer server, long pid, ObjectOptions options) {
    return of(server.executable(), pid, options);
  }

  static KernelTrace of(Path executable, long pid, ObjectOptions options) {
    return of(executable, pid, options, ProbeCatalogue.standard());
  }

  private static KernelTrace of(
      Path executable, long pid, ObjectOptions options, ProbeCatalogue catalogue) {
    TracingSession session = TracingSession.load(options, settings(settings -> {}));
    assertThat(session.refusals()).isEmpty();
    KernelTrace trace = new KernelTrace(session, executable, catalogue);
    assertThat(trace.attachment.refusals()).isEmpty();
    assertThat(session.watchProcesses()).isEmpty();
    session.follow((int) pid);
    return trace;
  }

  private Attachment attach(Path path, ProbeCatalogue catalogue) {
    try (GoExecutable executable = GoFixtures.open(path)) {
      return session.attach(
          BINARY, ProbePlanner.plan(executable, catalogue), ExecutableFile.open(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Traces another process of the same executable. */
  void trace(long pid) {
    session.trace((int) pid, BINARY);
  }

  /** Has what a process called untraced count, though it ends before it is traced. */
  void want(long pid) {
    wanted.add((int) pid);
  }

  /** Traces a process no more. */
  void letGo(long pid) {
    session.untrace((int) pid);
  }

  /** Calls of a type of record that came before their process was traced. */
  long before(RecordType type) {
    drain();
    return session.callsBeforeTracing().count(type);
  }

  /** Whether a process is one of ours. */
  boolean follows(long pid) {
    return session.traces((int) pid);
  }

  /** Rewrites the settings: parent-based and always on, but for the change. */
  void sample(Consumer<ByteBuffer> change) {
    session.settings(settings(change));
  }

  private static ByteBuffer settings(Consumer<ByteBuffer> change) {
    ByteBuffer settings = ByteBuffer.allocate(Settings.SIZE).order(ByteOrder.nativeOrder());
    Settings.root(settings, 0, Sampling.SAMPLE_ALWAYS_ON.value());
    Settings.parentSampled(settings, 0, Sampling.SAMPLE_ALWAYS_ON.value());
    Settings.parentNotSampled(settings, 0, Sampling.SAMPLE_ALWAYS_OFF.value());
    change.accept(settings);
    return settings;
  }

  /** The next span record, waiting for it. */
  HttpRecord next() {
    await(x -> !spans.isEmpty(), "a span record");
    return spans.remove();
  }

  /** The next record of a client's request, waiting for it. */
  ClientRecord nextCall() {
    await(x -> !calls.isEmpty(), "a client's record");
    return calls.remove();
  }

  /** Records of clients' requests that nobody asked for. */
  List<ClientRecord> leftOverCalls() {
    drain();
    return List.copyOf(calls);
  }

  /** The next process record of a kind, waiting for it. */
  ProcessLife next(RecordType type) {
    await(x -> lives.stream().anyMatch(life -> life.type() == type), type + " record");
    ProcessLife life = lives.stream().filter(l -> l.type() == type).findFirst().orElseThrow();
    lives.remove(life);
    return life;
  }

  /** The addresses, as symbols have them, of types whose calls are not begun. */
  List<Long> unknownTypes() {
    drain();
    return List.copyOf(unknownTypes);
  }

  /** Span records that nobody asked for. */
  List<HttpRecord> leftOver() {
    drain();
    return List.copyOf(spans);
  }

  void forget() {
    drain();
    spans.clear();
    calls.clear();
    lives.clear();
  }

  /** Waits until the counters are as wanted. */
  void awaitCounters(Predicate<Map<Counter, Long>> wanted) {
    await(x -> wanted.test(counters()), "counters as wanted");
  }

  private void await(Predicate<Void> done, String what) {
    long limit = System.nanoTime() + LIMIT_NANOS;
    drain();
    while (!done.test(null)) {
      assertThat(System.nanoTime()).as("no %s; %s", what, counters()).isLessThan(limit);
      ring.poll(20);
      drain();
    }
  }

  private void drain() {
    ring.drain(
        (bytes, offset, length) -> {
          assertThat(RecordHeader.size(bytes, offset)).isEqualTo(length);
          RecordType type = RecordType.of(RecordHeader.type(bytes, offset));
          if (type == RecordType.RECORD_HTTP_SERVER) {
            assertThat(RecordHeader.binary(bytes, offset)).isEqualTo(BINARY);
            spans.add(HttpRecord.read(bytes, offset));
          } else if (type == RecordType.RECORD_HTTP_CLIENT) {
            calls.add(ClientRecord.read(bytes, offset));
          } else if (type == RecordType.RECORD_UNKNOWN_TYPE) {
            int found = offset + UnknownTypeRecord.OFFSET_FOUND;
            assertThat(UnknownType.binary(bytes, found)).isEqualTo(BINARY);
            unknownTypes.add(UnknownType.address(bytes, found));
          } else if (type == RecordType.RECORD_UNTRACED_CALLS) {
            session
                .callsBeforeTracing()
                .gone(bytes, offset, (pid, binary) -> binary == BINARY && wanted.contains(pid));
          } else {
            if (type == RecordType.RECORD_PROCESS_EXEC) {
              executions.add(execution(bytes, offset));
            }
            lives.add(
                new ProcessLife(
                    type,
                    RecordHeader.tgid(bytes, offset),
                    ProcessRecord.parentTgid(bytes, offset),
                    ProcessRecord.exitCode(bytes, offset)));
          }
        },
        Integer.MAX_VALUE);
  }

  private static Execution execution(byte[] bytes, int offset) {
    List<Text> texts = new ArrayList<>();
    for (int i = 0; i < ExecutionRecord.LENGTH_STRINGS; i++) {
      int ref = offset + ExecutionRecord.OFFSET_STRINGS + i * StringRef.SIZE;
      texts.add(
          new Text(
              new String(
                  bytes,
                  offset + StringRef.offset(bytes, ref),
                  StringRef.length(bytes, ref),
                  StandardCharsets.UTF_8),
              StringRef.originalLength(bytes, ref)));
    }
    return new Execution(
        RecordHeader.tgid(bytes, offset),
        ExecutionRecord.startBoottimeNs(bytes, offset),
        ExecutionRecord.effectiveUid(bytes, offset),
        texts);
  }

  /** What was told of the newest execution of a process. */
  Execution execution(long pid) {
    return executions.stream()
        .filter(execution -> execution.tgid() == pid)
        .reduce((first, last) -> last)
        .orElseThrow();
  }

  /** What was counted of HTTP server spans. */
  Map<Counter, Long> counters() {
    return counters(RecordType.RECORD_HTTP_SERVER);
  }

  Map<Counter, Long> counters(RecordType type) {
    Map<Counter, Long> counters = new EnumMap<>(Counter.class);
    for (Counter counter : Counter.values()) {
      if (counter != Counter.COUNTER_COUNT) {
        counters.put(counter, session.count(type, counter));
      }
    }
    return counters;
  }

  /** Spans that have begun and not ended. */
  long openSpans() {
    return Arrays.stream(session.openCalls()).sum();
  }

  /** Waits until no goroutine is in a span any more, recorded or not. */
  void awaitNoneActive() {
    await(x -> activeGoroutines() == 0, "end of all spans");
  }

  /** Goroutines that are in a span, recorded or not. */
  long activeGoroutines() {
    return session.activeGoroutines();
  }

  /** Checks the equations that goshawk_abi.h promises. */
  void assertThatTheLedgerAddsUp() {
    assertThatTheLedgerAddsUp(RecordType.RECORD_HTTP_SERVER);
  }

  /** The same of another type, when no other spans are open. */
  void assertThatTheLedgerAddsUp(RecordType type) {
    Map<Counter, Long> n = counters(type);
    assertThat(n.get(Counter.COUNT_SEEN))
        .as("requests seen, of %s", n)
        .isEqualTo(
            n.get(Counter.COUNT_SAMPLED_OUT)
                + n.get(Counter.COUNT_LOST_MAP_FULL)
                + n.get(Counter.COUNT_LOST_OVER_SHARE)
                + n.get(Counter.COUNT_LOST_NO_SCRATCH)
                + n.get(Counter.COUNT_LOST_UNREADABLE_AT_START)
                + n.get(Counter.COUNT_NO_END)
                + n.get(Counter.COUNT_SPANS_STARTED));
    assertThat(n.get(Counter.COUNT_SPANS_STARTED))
        .as("spans started, of %s", n)
        .isEqualTo(
            n.get(Counter.COUNT_SPANS_REPLACED)
                + n.get(Counter.COUNT_LOST_RING_FULL)
                + n.get(Counter.COUNT_LOST_UNREADABLE)
                + n.get(Counter.COUNT_LOST_NO_SCRATCH_AT_END)
                + n.get(Counter.COUNT_RECORDS_RESERVED)
                + openSpans());
  }

  @Override
  public void close() {
    attachment.close();
    ring.close();
    session.close();
  }
}
