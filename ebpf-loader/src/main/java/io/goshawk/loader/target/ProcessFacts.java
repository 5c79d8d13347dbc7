package io.goshawk.loader.target;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What describes a process to a backend. What could not be read is empty.
 *
 * @param process whose facts these are
 * @param name the kernel's name of it, at most 15 bytes
 * @param commandLine its arguments, the command first
 * @param environment as it was when the process started
 * @param environmentMend what would let it be read, if the kernel refused
 * @param owner name of its effective user, or the user's number where it has none here
 * @param containerId id of the container it runs in
 */
public record ProcessFacts(
    TargetProcess process,
    String name,
    List<String> commandLine,
    Map<String, String> environment,
    Optional<String> environmentMend,
    String owner,
    Optional<String> containerId) {

  public ProcessFacts {
    commandLine = List.copyOf(commandLine);
    environment = Map.copyOf(environment);
  }
}
