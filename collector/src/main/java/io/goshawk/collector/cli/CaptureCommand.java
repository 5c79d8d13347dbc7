// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.collector.agent.Agent;
import io.goshawk.collector.ledger.LedgerSnapshot;
import io.goshawk.collector.service.Service;
import io.goshawk.config.ConfigLoader;
import io.goshawk.config.ExporterChoice;
import io.goshawk.config.tree.TreeBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code goshawk capture}: into a file, usually around a command. */
@Command(
    name = "capture",
    description = {
      "Record every request of a command, or of running processes, in a file.",
      "The file holds OTLP/JSON, one TracesData per line, as the OpenTelemetry Collector's file"
          + " exporter writes it. The command is traced from its very first request, with"
          + " everything it starts.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  goshawk capture -o traces.jsonl -- ./checkout --port 8080",
      "  goshawk capture -o traces.jsonl -- go test ./...        every server the tests start",
      "  goshawk capture -o - --pid 4711 --duration 10s | jq .  what a running service does now",
      "",
      "Ctrl-C and SIGTERM are handed on to the command. The exit status is the command's own;",
      "127 and 126 if it is not found or cannot be executed."
    })
final class CaptureCommand implements Callable<Integer> {

  private static final Logger LOG = Logger.getLogger(CaptureCommand.class.getName());

  /** A file takes what there is in much less. */
  private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      required = true,
      description = {
        "Where to write; what was there is replaced. '-' is standard output, and the command's own"
            + " output goes to standard error then."
      })
  String output = "";

  @Mixin SpanOptions spans = new SpanOptions();

  @Option(
      names = {"-p", "--pid"},
      paramLabel = "PID",
      split = ",",
      converter = TargetOptions.Pid.class,
      description = "Trace this running process too. Repeatable.")
  List<Integer> pids = new ArrayList<>();

  @Option(
      names = "--duration",
      paramLabel = "DURATION",
      converter = Durations.class,
      description =
          "End the capture after 500ms, 10s, 1h30m; the command goes on untraced and is waited"
              + " for.")
  @Nullable Duration duration;

  @Option(
      names = "--best-effort",
      description = "Where tracing is not possible, say why and run the command untraced.")
  boolean bestEffort;

  @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "What to run, after '--'.")
  List<String> command = new ArrayList<>();

  @Spec CommandSpec spec;

  private final Map<String, String> environment;

  CaptureCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (command.isEmpty() && pids.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "capture what? Give --pid PID, or a command after '--'");
    }
    ConfigLoader.Loaded loaded = load();
    if (loaded.disabled()) {
      LOG.info(ConfigOptions.DISABLED);
      return command.isEmpty() ? ExitStatus.FINE : untraced();
    }
    if (!command.isEmpty() && !isStandardOutput()) {
      FollowedCommand.requireOther(command.get(0), output);
    }
    Service service = Services.create(loaded.config(), environment);
    try {
      Services.start(service, new Summaries(spec));
    } catch (CommandFailure e) {
      if (e.status() == ExitStatus.MACHINE_LACKS) {
        return untracedIfAsked(e);
      }
      throw e;
    }
    Agent agent = service.agent().orElseThrow();
    return command.isEmpty() ? captureProcesses(service, agent) : captureCommand(service, agent);
  }

  private ConfigLoader.Loaded load() {
    TreeBuilder flags = new TreeBuilder();
    TargetOptions.put(flags, pids);
    spans.put(flags, environment);
    return ConfigOptions.load(environment, List.of(ExporterChoice.toFile(output)), flags.build());
  }

  private int captureProcesses(Service service, Agent agent) throws InterruptedException {
    if (agent.hasNothingToTrace()) {
      service.stop(STOP_LIMIT);
      throw Services.nothingToTrace(service, "a command after '--' is traced from its start");
    }
    CompletableFuture<Void> end = new CompletableFuture<>();
    Endings.onSignal(signal -> end.complete(null));
    FatalErrors.ofProcess().onFailure(() -> end.complete(null));
    CompletableFuture<Object> any = CompletableFuture.anyOf(end, agent.finished());
    if (duration == null) {
      any.join();
    } else {
      any.completeOnTimeout(end, duration.toMillis(), TimeUnit.MILLISECONDS).join();
    }
    return finish(service, Optional.empty());
  }

  private int captureCommand(Service service, Agent agent) throws InterruptedException {
    // Before the command is there: a signal that comes while it starts is handed on then.
    CompletableFuture<FollowedCommand> started = new CompletableFuture<>();
    Endings.onSignal(signal -> started.thenAccept(running -> running.forward(signal)));
    FollowedCommand followed;
    try {
      followed = FollowedCommand.start(command, isStandardOutput(), agent);
    } catch (CommandFailure e) {
      service.stop(STOP_LIMIT);
      throw e;
    }
    started.complete(followed);
    CompletableFuture<Void> ended = new CompletableFuture<>();
    FatalErrors.ofProcess().onFailure(() -> letGoOn(ended));
    if (duration != null && !followed.await(duration)) {
      int recorded = finish(service, followed.hindrance());
      int status = followed.await();
      return status == ExitStatus.FINE ? recorded : status;
    }
    int status = followed.await();
    ended.complete(null);
    int recorded = finish(service, followed.hindrance());
    return status == ExitStatus.FINE ? recorded : status;
  }

  /** The command is the user's: it does not end because we fail. */
  private static void letGoOn(CompletableFuture<Void> ended) {
    LOG.warning("the command goes on, but not all of it is recorded");
    ended.join();
  }

  private boolean isStandardOutput() {
    return output.equals("-");
  }

  private int finish(Service service, Optional<String> hindrance) throws InterruptedException {
    LedgerSnapshot counts = service.stop(STOP_LIMIT);
    if (counts.isEmpty()) {
      LOG.warning(
          "nothing is recorded: no request was seen" + hindrance.map(h -> "; " + h).orElse(""));
    }
    new Summaries(spec).print(counts, service.clock());
    return Summaries.everythingDelivered(counts) && !FatalErrors.ofProcess().happened()
        ? ExitStatus.FINE
        : ExitStatus.FAILED;
  }

  /** Runs the command without us, where that was asked for. */
  private int untracedIfAsked(CommandFailure reason) throws InterruptedException {
    if (!bestEffort || command.isEmpty()) {
      throw reason;
    }
    LOG.warning("the command runs untraced: " + reason.getMessage());
    return untraced();
  }

  private int untraced() throws InterruptedException {
    FollowedCommand plain = FollowedCommand.startUntraced(command, isStandardOutput());
    Endings.onSignal(plain::forward);
    return plain.await();
  }
}
