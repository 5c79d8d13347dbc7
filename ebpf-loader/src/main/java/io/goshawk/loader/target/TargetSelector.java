package io.goshawk.loader.target;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Which processes a user wants traced: any that one of the three criteria names.
 *
 * @param pids process ids, followed until they exit
 * @param executables patterns for the executable, also for processes that start later
 * @param ports ports that the process listens on
 */
public record TargetSelector(Set<Integer> pids, List<ExecutableGlob> executables, PortSet ports) {

  /** Selects nothing; {@code capture -- COMMAND} starts from here. */
  public static final TargetSelector NONE = new TargetSelector(Set.of(), List.of(), PortSet.NONE);

  public TargetSelector {
    pids = Set.copyOf(pids);
    executables = List.copyOf(executables);
  }

  /** Whether processes that do not run yet may be selected later. */
  public boolean awaitsProcesses() {
    return !executables.isEmpty() || !ports.isEmpty();
  }

  public boolean isEmpty() {
    return pids.isEmpty() && !awaitsProcesses();
  }

  /** Whether the process is selected by its id or its executable; ports are looked up apart. */
  boolean selectsByName(TargetProcess process) {
    if (pids.contains(process.pid())) {
      return true;
    }
    for (ExecutableGlob glob : executables) {
      if (glob.matches(process.executable())) {
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
    return String.join(" ", parts);
  }
}
