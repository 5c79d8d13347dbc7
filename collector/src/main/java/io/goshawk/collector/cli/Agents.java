package io.goshawk.collector.cli;

import io.goshawk.collector.agent.Agent;
import io.goshawk.collector.agent.AgentSettings;
import io.goshawk.collector.agent.KernelSettings;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.pipeline.TracePipeline;
import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.target.TargetSelector;
import io.goshawk.spans.SpanSettings;
import io.goshawk.spans.resource.ResourceSettings;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Makes the agent that the command line and the environment ask for. */
final class Agents {

  private Agents() {}

  /**
   * An agent with its programs loaded.
   *
   * @throws CommandFailure if the machine lacks what is needed, or a variable is wrong
   */
  static Agent create(
      TargetSelector targets,
      @Nullable String serviceName,
      Otel otel,
      Map<String, String> environment,
      TracePipeline pipeline,
      Ledger ledger) {
    String version = VersionCommand.version();
    AgentSettings settings;
    try {
      settings =
          new AgentSettings(
              targets,
              SpanSettings.fromEnvironment(version, environment),
              new ResourceSettings(
                  version,
                  Optional.ofNullable(serviceName).or(otel.settings().service()::name),
                  otel.settings().service().attributes()),
              KernelSettings.of(otel.settings().sampler()));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitStatus.WRONG_USE, e.getMessage());
    }
    try {
      return new Agent(settings, pipeline, ledger);
    } catch (BpfException e) {
      throw new CommandFailure(
          ExitStatus.MACHINE_LACKS, e.getMessage() + "\nRun 'goshawk doctor' for all of it.");
    }
  }
}
