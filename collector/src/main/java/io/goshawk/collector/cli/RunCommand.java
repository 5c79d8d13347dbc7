// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.collector.agent.Agent;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.pipeline.TracePipeline;
import io.goshawk.loader.target.TargetSelector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
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
      "Trace running Go services until Ctrl-C or SIGTERM, or until all of them have ended.",
      "Spans go to the endpoint of the OTEL_EXPORTER_OTLP_* variables, by default"
          + " http://localhost:4318.",
      ""
    },
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  goshawk run --port 8080 --exporter console        see what a service on port 8080 does",
      "  goshawk run --exe '/opt/shop/*'                   trace everything from a folder, now and later",
      "  OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318 goshawk run --pid 4711",
      "",
      "SIGUSR1 shows what was counted until then: requests, spans, losses by reason."
    })
final class RunCommand implements Callable<Integer> {

  private static final Logger LOG = Logger.getLogger(RunCommand.class.getName());

  /** Long enough for a backend that answers, short enough for whoever pressed Ctrl-C. */
  private static final Duration STOP_LIMIT = Duration.ofSeconds(5);

  @Mixin TargetOptions targets = new TargetOptions();

  @Mixin SpanOptions spans = new SpanOptions();

  @Option(
      names = "--exporter",
      paramLabel = "otlp|console|file=PATH",
      converter = ExporterChoice.Converter.class,
      description = "Where spans go. Repeatable; otlp by default.")
  List<ExporterChoice> exporters = new ArrayList<>();

  @Spec CommandSpec spec;

  private final Map<String, String> environment;

  RunCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws InterruptedException {
    TargetSelector selector = targets.selector();
    if (selector.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "which processes? Say so with --pid, --exe or --port");
    }
    Otel otel = Otel.read(environment, exporters);
    CompletableFuture<Void> end = new CompletableFuture<>();
    Endings.onSignal(signal -> end.complete(null));
    FatalErrors failures = FatalErrors.ofProcess();
    failures.onFailure(() -> end.complete(null));
    if (otel.disabled()) {
      // A supervisor would start again what ends at once.
      end.join();
      return ExitStatus.FINE;
    }
    Ledger ledger = new Ledger();
    TracePipeline pipeline = Pipelines.start(otel, environment, ledger);
    Agent agent = Agents.create(selector, spans, environment, otel, pipeline, ledger);
    Summaries summaries = new Summaries(spec);
    List<String> problems = Agents.start(agent, summaries);
    problems.forEach(LOG::warning);
    if (agent.hasNothingToTrace()) {
      agent.stop(STOP_LIMIT);
      return ExitStatus.WRONG_USE;
    }
    if (agent.tracedProcesses() == 0) {
      LOG.info("waiting for a process that fits " + selector);
    }
    CompletableFuture.anyOf(end, agent.finished()).join();
    if (!end.isDone()) {
      LOG.info("every process that was traced has ended");
    }
    summaries.print(agent.stop(STOP_LIMIT), agent.clock());
    return failures.happened() ? ExitStatus.FAILED : ExitStatus.FINE;
  }
}
