// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.collector.agent.Agent;
import io.goshawk.collector.agent.AgentSettings;
import io.goshawk.collector.agent.KernelSettings;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.pipeline.TracePipeline;
import io.goshawk.config.OtelSettings;
import io.goshawk.config.SpanLimits;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.target.TargetSelector;
import io.goshawk.spans.SpanSettings;
import io.goshawk.spans.data.AttributeLimits;
import io.goshawk.spans.http.HttpSettings;
import io.goshawk.spans.resource.ResourceSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes the agent that the command line and the environment ask for. */
final class Agents {

  private Agents() {}

  /**
   * An agent with its programs loaded.
   *
   * @throws CommandFailure if the machine lacks what is needed
   */
  static Agent create(
      TargetSelector targets,
      SpanOptions options,
      Map<String, String> environment,
      Otel otel,
      TracePipeline pipeline,
      Ledger ledger) {
    String version = VersionCommand.version();
    AgentSettings settings =
        new AgentSettings(
            targets,
            spans(version, otel.settings(), options, environment),
            new ResourceSettings(
                version,
                Optional.ofNullable(options.serviceName).or(otel.settings().service()::name),
                otel.settings().service().attributes()),
            KernelSettings.of(otel.settings().sampler()));
    try {
      return new Agent(settings, pipeline, ledger);
    } catch (BpfException e) {
      throw machineLacks(e);
    }
  }

  private static SpanSettings spans(
      String version, OtelSettings otel, SpanOptions options, Map<String, String> environment) {
    HttpSettings http =
        otel.httpMethods().map(HttpSettings.DEFAULT::withKnownMethods).orElse(HttpSettings.DEFAULT);
    SpanLimits limits = otel.limits();
    return new SpanSettings(
        version,
        new AttributeLimits(limits.attributes(), limits.attributeValueLength()),
        options.parentSource,
        List.of(http.redacting(options.redactedQueryKeys(environment))));
  }

  /**
   * Starts it, lets SIGUSR1 show what was counted until then, and SIGURG, by which the kernel tells
   * of writers, take the probes out of what is to be written to.
   *
   * @return what hinders processes that the user named from being traced
   * @throws CommandFailure if the machine lacks what is needed
   */
  static List<String> start(Agent agent, Summaries summaries) throws InterruptedException {
    // Before anything is said: by default the signal would end us. What is counted can be read by
    // now.
    Signal.USR1.handle(() -> summaries.print(agent.counts(), agent.clock()));
    List<String> problems;
    try {
      problems = agent.start();
    } catch (BpfException e) {
      throw machineLacks(e);
    }
    Signal.URG.handle(agent::writerWaits);
    return problems;
  }

  private static CommandFailure machineLacks(BpfException e) {
    return new CommandFailure(
        ExitStatus.MACHINE_LACKS, e.getMessage() + "\nRun 'goshawk doctor' for all of it.");
  }
}
