// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.collector.agent.Agent;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.ledger.LedgerSnapshot;
import io.goshawk.collector.log.Logging;
import io.goshawk.collector.log.Screen;
import io.goshawk.collector.service.Service;
import io.goshawk.config.ConfigLoader;
import io.goshawk.config.ExporterChoice;
import io.goshawk.config.component.TelemetryConfig;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.tree.InvalidConfigException;
import io.goshawk.config.tree.TreeBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code goshawk run}: the service. */
@Command(
    name = "run",
    description = {
      "Trace running Go services until Ctrl-C or SIGTERM; those of --pid until all have ended.",
      "Spans go to the endpoint of the OTEL_EXPORTER_OTLP_* variables, by default"
          + " http://localhost:4318, or through the pipelines of a configuration file.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  goshawk run --port 8080 --exporter console   see what a service does",
      "  goshawk run --exe '/opt/shop/*'              all from a folder, now and later",
      "  goshawk run --service 'shop-*'               all services that are called so",
      "  OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318 goshawk run --pid 4711",
      "  goshawk run --config goshawk.yaml            as a Collector is configured",
      "",
      "SIGUSR1 shows what was counted until then: requests, spans, losses by reason.",
      "A file of --config that changes is read again, as it is by SIGHUP."
    })
final class RunCommand implements Callable<Integer> {

  private static final Logger LOG = Logger.getLogger(RunCommand.class.getName());

  private static final Set<String> ENDPOINT_VARIABLES =
      Set.of(
          "OTEL_EXPORTER_OTLP_ENDPOINT",
          "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
          "OTEL_EXPORTER_OTLP_PROTOCOL",
          "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL");

  /** Long enough for a backend that answers, short enough for whoever pressed Ctrl-C. */
  private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

  @Mixin ConfigOptions config = new ConfigOptions();

  @Mixin TargetOptions targets = new TargetOptions();

  @Mixin SpanOptions spans = new SpanOptions();

  @Option(
      names = "--exporter",
      paramLabel = "otlp|console|file=PATH",
      converter = ExporterOption.class,
      description =
          "Where spans go, without a configuration file. Repeatable; otlp by default. console is what"
              + " a configuration calls debug, with verbosity: normal.")
  List<ExporterChoice> exporters = new ArrayList<>();

  @Spec CommandSpec spec;

  private final Map<String, String> environment;

  RunCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (!config.given() && targets.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "which processes? Say so with --pid, --exe, --port, --cgroup, --container or --service");
    }
    if (config.given() && !exporters.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "--exporter is for who has no --config: name exporters there");
    }
    CompletableFuture<Void> end = new CompletableFuture<>();
    AtomicBoolean asked = new AtomicBoolean();
    onSignals(end, asked);
    // Before it is read: what changes from now on is read again.
    ConfigFiles files = new ConfigFiles(config.sources);
    ConfigLoader.Loaded loaded = load();
    log(loaded);
    FatalErrors failures = FatalErrors.ofProcess();
    failures.onFailure(() -> end.complete(null));
    if (loaded.disabled()) {
      LOG.info(ConfigOptions.DISABLED);
      // A supervisor would start again what ends at once.
      end.join();
      return ExitStatus.FINE;
    }
    Services.check(loaded.config());
    Service service = Services.create(loaded.config(), environment);
    Summaries summaries = new Summaries(spec);
    Services.start(service, summaries);
    Optional<Agent> agent = service.agent();
    if (agent.isPresent() && agent.get().hasNothingToTrace()) {
      service.stop(STOP_LIMIT);
      throw Services.nothingToTrace(service, "--exe, --port and their like wait for one");
    }
    sayWhereSpansGo();
    if (agent.isPresent() && agent.get().tracedProcesses() == 0) {
      service
          .receiver()
          .ifPresent(
              receiver ->
                  LOG.info("waiting for a process that fits " + receiver.settings().targets()));
    }
    awaitEnd(
        service,
        files,
        asked,
        CompletableFuture.anyOf(end, agent.map(Agent::finished).orElse(end)));
    if (!end.isDone()) {
      LOG.info("every process that was traced has ended");
    }
    LedgerSnapshot counts = service.stop(STOP_LIMIT);
    summaries.print(counts, service.clock());
    return failures.happened() ? ExitStatus.FAILED : ExitStatus.FINE;
  }

  /**
   * Without files SIGHUP is a terminal that goes away, where there is one, and there is nothing to
   * read again.
   */
  private void onSignals(CompletableFuture<Void> end, AtomicBoolean asked) {
    boolean hangsUp = !config.given() && Terminal.isThere();
    Endings.onSignal(
        hangsUp ? Signal.ENDING : List.of(Signal.INT, Signal.TERM),
        signal -> {
          if (signal.equals(Signal.HUP)) {
            LOG.info("SIGHUP: ends, as its terminal does; without --config nothing is read again");
          }
          end.complete(null);
        });
    if (config.given()) {
      Signal.HUP.handle(() -> asked.set(true));
    } else if (!hangsUp && !Signal.HUP.ignored()) {
      Signal.HUP.handle(
          () -> LOG.info("SIGHUP: without --config there is nothing to read again; goes on"));
    }
  }

  /** Where nobody has said it, there may be nobody who takes them. */
  private void sayWhereSpansGo() {
    boolean said =
        config.given()
            || !exporters.isEmpty()
            || environment.keySet().stream().anyMatch(ENDPOINT_VARIABLES::contains)
            || environment.containsKey("OTEL_TRACES_EXPORTER");
    if (!said) {
      LOG.info(
          "spans go to http://localhost:4318; OTEL_EXPORTER_OTLP_ENDPOINT names another backend,"
              + " --exporter console shows them here");
    }
  }

  /** Meanwhile goes over to what the files say when they change, or when SIGHUP asks for it. */
  private void awaitEnd(
      Service service, ConfigFiles files, AtomicBoolean asked, CompletableFuture<?> end)
      throws InterruptedException {
    if (!config.given()) {
      end.join();
      return;
    }
    while (!files.awaitChange(end, asked)) {
      reload(service);
    }
  }

  private void reload(Service service) throws InterruptedException {
    try {
      ConfigLoader.Loaded loaded = load();
      service.reload(loaded.config(), STOP_LIMIT);
      log(loaded);
      LOG.info("goes on with the configuration as it is now");
    } catch (CommandFailure | InvalidConfigException | StartException e) {
      LOG.severe("goes on with the configuration as it was: " + e.getMessage());
    }
  }

  private ConfigLoader.Loaded load() {
    TreeBuilder flags = new TreeBuilder();
    targets.put(flags);
    // A file says by itself what is redacted; a variable would be in place of that.
    spans.put(flags, config.given() ? Map.of() : environment);
    if (!config.given()) {
      return ConfigOptions.load(environment, exporters, flags.build());
    }
    ConfigLoader.Loaded loaded = config.load(environment, flags.build());
    ConfigOptions.sayUnused(loaded.config());
    return loaded;
  }

  /** What the file says of the log counts where no option says otherwise. */
  private void log(ConfigLoader.Loaded loaded) {
    if (!config.given()) {
      return;
    }
    Settings logs = loaded.config().telemetry().get(TelemetryConfig.LOGS);
    LogOptions options = ((GoshawkCommand) spec.root().userObject()).log;
    Logging.configure(
        options.format == Logging.Format.JSON
                || logs.get(TelemetryConfig.Logs.ENCODING).equals("json")
            ? Logging.Format.JSON
            : Logging.Format.TEXT,
        Logging.level(options.level == null ? logs.get(TelemetryConfig.Logs.LEVEL) : options.level),
        Screen.of(environment));
  }
}
