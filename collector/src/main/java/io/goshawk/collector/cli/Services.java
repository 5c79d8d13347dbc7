// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.collector.component.StartException;
import io.goshawk.collector.service.Service;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.tree.InvalidConfigException;
import io.goshawk.loader.bpf.BpfException;
import java.util.Map;

/** Makes and starts what the command line, the environment and the configuration ask for. */
final class Services {

  private Services() {}

  /**
   * Checks what a configuration is to be run with, see {@link Service#check}.
   *
   * @throws CommandFailure with all that is in the way
   */
  static void check(CollectorConfig config) {
    try {
      Service.check(config, VersionCommand.version());
    } catch (InvalidConfigException e) {
      throw ConfigOptions.unusable(e);
    }
  }

  /**
   * A service that was not started.
   *
   * @throws CommandFailure if its configuration cannot be used after all
   */
  static Service create(CollectorConfig config, Map<String, String> environment) {
    try {
      return Service.of(config, environment, VersionCommand.version());
    } catch (InvalidConfigException e) {
      throw ConfigOptions.unusable(e);
    }
  }

  /**
   * Starts it, lets SIGUSR1 show what was counted until then, and SIGURG, by which the kernel tells
   * of writers, take the probes out of what is to be written to.
   *
   * @throws CommandFailure if something cannot start, or the machine lacks what is needed
   */
  static void start(Service service, Summaries summaries) {
    // Before anything is said: by default the signal would end us. What is counted can be read by
    // now.
    Signal.USR1.handle(() -> summaries.print(service.counts(), service.clock()));
    try {
      service.start();
    } catch (StartException e) {
      String message = String.valueOf(e.getMessage());
      throw e.getCause() instanceof BpfException
          ? new CommandFailure(
              ExitStatus.MACHINE_LACKS, message + "\nRun 'goshawk doctor' for all of it.")
          : new CommandFailure(ExitStatus.WRONG_USE, message);
    }
    service.agent().ifPresent(agent -> Signal.URG.handle(agent::writerWaits));
  }

  /**
   * Why it ends at once; what hinders each process is in the log.
   *
   * @param mend what else there is to say which processes
   */
  static CommandFailure nothingToTrace(Service service, String mend) {
    return new CommandFailure(
        ExitStatus.WRONG_USE,
        "nothing to trace: no process of "
            + service.receiver().orElseThrow().settings().targets()
            + " can be traced; "
            + mend);
  }
}
