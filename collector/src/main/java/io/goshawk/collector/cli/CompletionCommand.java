// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code goshawk completion}. */
@Command(
    name = "completion",
    description = "Print a script that completes commands and options in a shell.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(goshawk completion bash)                          for this shell",
      "  goshawk completion bash > /etc/bash_completion.d/goshawk   for every one"
    })
final class CompletionCommand implements Callable<Integer> {

  /** The shells that the one script serves; zsh by its bashcompinit, which the script starts. */
  enum Shell {
    BASH,
    ZSH
  }

  @Parameters(index = "0", arity = "0..1", paramLabel = "bash|zsh", description = "The shell.")
  Shell shell = Shell.BASH;

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    spec.commandLine().getOut().print(AutoComplete.bash("goshawk", spec.root().commandLine()));
    spec.commandLine().getOut().flush();
    return ExitStatus.FINE;
  }
}
