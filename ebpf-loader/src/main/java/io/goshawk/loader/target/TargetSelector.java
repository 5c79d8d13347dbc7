package io.goshawk.loader.target;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which processes a user wants traced: any that one of the criteria names. All but the first hold
 * for processes that start later, too.
 *
 * @param pids process ids, followed until they exit
 * @param executables patterns for the executable
 * @param ports ports that the process listens on
 * @param cgroups patterns for the cgroup that the process is in
 * @param containers beginnings of the id of the container that the process is in
 * @param serviceNames patterns for what the process is called as a service
 * @param except those that are not traced whatever else names them; empty: there are none
 */
public record TargetSelector(
    Set<Integer> pids,
    List<PathGlob> executables,
    PortSet ports,
    List<PathGlob> cgroups,
    List<String> containers,
    List<Glob> serviceNames,
    Optional<TargetSelector> except) {

  /** Selects nothing; {@code capture -- COMMAND} starts from here. */
  public static final TargetSelector NONE = new TargetSelector(Set.of(), List.of(), PortSet.NONE);

  public TargetSelector {
    pids = Set.copyOf(pids);
    executables = List.copyOf(executables);
    cgroups = List.copyOf(cgroups);
    containers = List.copyOf(containers);
    serviceNames = List.copyOf(serviceNames);
  }

  /** One by what a command line names, without exceptions. */
  public TargetSelector(Set<Integer> pids, List<PathGlob> executables, PortSet ports) {
    this(pids, executables, ports, List.of(), List.of(), List.of(), Optional.empty());
  }

  /** The same, but for the exceptions. */
  public TargetSelector without(TargetSelector others) {
    return new TargetSelector(
        pids,
        executables,
        ports,
        cgroups,
        containers,
        serviceNames,
        others.isEmpty() ? Optional.empty() : Optional.of(others));
  }

  /** Whether processes that do not run yet may be selected later. */
  public boolean awaitsProcesses() {
    return !executables.isEmpty() || !ports.isEmpty() || namesGroups();
  }

  /** Whether it names processes by what they belong to, whatever they run. */
  public boolean namesGroups() {
    return !cgroups.isEmpty() || !containers.isEmpty() || !serviceNames.isEmpty();
  }

  public boolean isEmpty() {
    return pids.isEmpty() && !awaitsProcesses();
  }

  /** Whether it depends on the ports that processes listen on. */
  public boolean asksForPorts() {
    return !ports.isEmpty() || except.filter(TargetSelector::asksForPorts).isPresent();
  }

  /** Whether it depends on what processes belong to. */
  public boolean asksForGroups() {
    return namesGroups() || except.filter(TargetSelector::asksForGroups).isPresent();
  }

  /** Whether it depends on what processes are called as services. */
  public boolean asksForServiceNames() {
    return !serviceNames.isEmpty()
        || except.filter(TargetSelector::asksForServiceNames).isPresent();
  }

  /** Whether the process is selected by its id or its executable; the rest is looked up apart. */
  public boolean selects(int pid, String executable) {
    return names(pid, executable)
        && except.filter(others -> others.names(pid, executable)).isEmpty();
  }

  /** The same, whatever the exceptions are. */
  public boolean names(int pid, String executable) {
    return pids.contains(pid) || executables.stream().anyMatch(glob -> glob.matches(executable));
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
    cgroups.forEach(glob -> parts.add("--cgroup " + glob));
    containers.forEach(id -> parts.add("--container " + id));
    serviceNames.forEach(glob -> parts.add("--service " + glob));
    String named = String.join(" ", parts);
    return except.map(others -> named + " without (" + others + ")").orElse(named);
  }
}
