// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.schema.NearestWord;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is said of a command line that cannot be meant as it is written. */
final class WrongUse {

  private WrongUse() {}

  /** One sentence, with the word that is likely meant where one was not understood. */
  static String message(ParameterException e) {
    CommandSpec command = e.getCommandLine().getCommandSpec();
    List<String> unmatched = e.getCommandLine().getUnmatchedArguments();
    // What is missing may be there, misspelt.
    if (unmatched.isEmpty()
        || !(e instanceof UnmatchedArgumentException || e instanceof MissingParameterException)) {
      return e.getMessage();
    }
    String word = unmatched.get(0).split("=", 2)[0];
    if (word.startsWith("-")) {
      return "Unknown option: '" + word + "'" + NearestWord.hint(word, options(command));
    }
    return command.subcommands().isEmpty()
        ? e.getMessage()
        : "Unknown command: '" + word + "'" + NearestWord.hint(word, commands(command));
  }

  /** In the order of the help; a letter is near to any other. */
  private static List<String> options(CommandSpec command) {
    return command.options().stream()
        .filter(option -> !option.hidden())
        .map(OptionSpec::longestName)
        .filter(name -> name.startsWith("--"))
        .toList();
  }

  private static List<String> commands(CommandSpec command) {
    return command.subcommands().values().stream()
        .map(CommandLine::getCommandSpec)
        .filter(each -> !each.usageMessage().hidden())
        .map(CommandSpec::name)
        .toList();
  }
}
