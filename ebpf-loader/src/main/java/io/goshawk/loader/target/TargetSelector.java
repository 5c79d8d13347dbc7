package io.goshawk.loader.target;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which processes a user wants traced: any that one of the three criteria names.
 *
 * @param pids process ids, followed until they exit
 * @param executables patterns for the executable, also for processes that start later
 * @param ports ports that the process listens on
 * @param except those that are not traced whatever else names them; empty: there are none
 */
public record TargetSelector(
    Set<Integer> pids,
    List<ExecutableGlob> executables,
    PortSet ports,
    Optional<TargetSelector> except) {

  /** Selects nothing; {@code capture -- COMMAND} starts from here. */
  public static final TargetSelector NONE = new TargetSelector(Set.of(), List.of(), PortSet.NONE);

  public TargetSelector {
    pids = Set.copyOf(pids);
    executables = List.copyOf(executables);
  }

  /** One without exceptions. */
  public TargetSelector(Set<Integer> pids, List<ExecutableGlob> executables, PortSet ports) {
    this(pids, executables, ports, Optional.empty());
  }

  /** Whether processes that do not run yet may be selected later. */
  public boolean awaitsProcesses() {
    return !executables.isEmpty() || !ports.isEmpty();
  }

  public boolean isEmpty() {
    return pids.isEmpty() && !awaitsProcesses();
  }

  /** Whether it depends on the ports that processes listen on. */
  public boolean asksForPorts() {
    return !ports.isEmpty() || except.filter(TargetSelector::asksForPorts).isPresent();
  }

  /** Whether the process is selected by its id or its executable; ports are looked up apart. */
  public boolean selects(int pid, String executable) {
    return names(pid, executable) && !excludes(pid, executable);
  }

  /** Whether the process is excepted by its id or its executable; ports are looked up apart. */
  boolean excludes(int pid, String executable) {
    return except.isPresent() && except.get().names(pid, executable);
  }

  /** The same, whatever the exceptions are. */
  boolean names(int pid, String executable) {
    if (pids.contains(pid)) {
      return true;
    }
    for (ExecutableGlob glob : executables) {
      if (glob.matches(executable)) {
        return true;
      }
    }
    return false;
  }

  /** As on the command line, for messages. */
  @Override
  public String toString() {
    List<String> parts = new ArrayList<>();
    pids.stream().sorted().forEach(pid -> parts.add("--pid " + pid));
    executables.forEach(glob -> parts.add("--exe " + glob));
    if (!ports.isEmpty()) {
      parts.add("--port " + ports);
    }
    String named = String.join(" ", parts);
    return except.map(others -> named + " without (" + others + ")").orElse(named);
  }
}
