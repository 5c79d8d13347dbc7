package io.goshawk.loader.target;

import io.goshawk.loader.rights.Right;
import io.goshawk.loader.rights.Rights;
import io.goshawk.loader.stat.FileStatus;
import io.goshawk.loader.stat.Mount;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The processes of a machine, read from its {@code /proc} (proc(5)). Keeps nothing between calls,
 * so any thread may use it.
 */
public final class ProcessTable {

  /** USER_HZ: what user space is told, 100 on every architecture Goshawk runs on. */
  private static final long TICKS_PER_SECOND = 100;

  private static final String DELETED = " (deleted)";

  /** Docker, containerd, CRI-O and Podman name the cgroup after the container's 256-bit id. */
  private static final Pattern CONTAINER_ID =
      Pattern.compile("(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])");

  private final Path proc;
  private final Path passwd;
  private final ServiceNames serviceNames;

  /** The table of the machine this runs on, whose services have no names. */
  public ProcessTable() {
    this((process, environment) -> Optional.empty());
  }

  /** The table of the machine this runs on. */
  public ProcessTable(ServiceNames serviceNames) {
    this(Path.of("/proc"), Path.of("/etc/passwd"), serviceNames);
  }

  /**
   * A table somewhere else.
   *
   * @param proc where the proc file system is mounted
   * @param passwd the user names, as passwd(5)
   */
  public ProcessTable(Path proc, Path passwd, ServiceNames serviceNames) {
    this.proc = proc;
    this.passwd = passwd;
    this.serviceNames = serviceNames;
  }

  /** The running binary of a process, to be opened or to attach to, whatever its path names now. */
  public Path executable(int pid) {
    return dir(pid).resolve("exe");
  }

  /** Whose answer whoever opens or reads the running binary of a process may have to wait for. */
  public Optional<FileServer> fileServer(int pid) {
    return fileServer(executable(pid), Integer.toString(pid));
  }

  /**
   * The same of a file.
   *
   * @param file leads to it; who keeps a folder on the way may be asked
   */
  public Optional<FileServer> fileServer(Path file) {
    return fileServer(file, "self");
  }

  private Optional<FileServer> fileServer(Path file, String viewer) {
    FileStatus status;
    try {
      status = FileStatus.of(file);
    } catch (IOException e) {
      // It is gone, or its process is, which whoever opens it finds out as well.
      return Optional.empty();
    }
    // The mounts that a process is shown are those below its root; a container's layers are not.
    List<String> viewers = List.of(viewer, "self", "1");
    Optional<Mount> mount =
        viewers.stream().flatMap(each -> mount(each, status.mountId()).stream()).findFirst();
    if (mount.isEmpty()) {
      return status.isOnDisk()
          ? Optional.empty()
          : Optional.of(new FileServer("one that is mounted nowhere", true));
    }
    boolean overlay = mount.get().isOverlay();
    boolean remote =
        mount.get().isRemote()
            || (overlay
                && viewers.stream().anyMatch(each -> mount.get().isRemoteAmong(mounts(each))));
    return remote || overlay
        ? Optional.of(new FileServer(mount.get().toString(), remote))
        : Optional.empty();
  }

  private Optional<Mount> mount(String viewer, long id) {
    try {
      return Mount.withId(proc.resolve(viewer).resolve("mountinfo"), id);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private List<Mount> mounts(String viewer) {
    try {
      return Mount.all(proc.resolve(viewer).resolve("mountinfo"));
    } catch (IOException e) {
      return List.of();
    }
  }

  /** Looks at one process, without a question to whoever keeps its files: this never waits. */
  public ProcessLookup find(int pid) {
    Path dir = dir(pid);
    Map<String, String> status = status(dir);
    if (status.isEmpty()) {
      return new ProcessLookup.NoSuchProcess(pid);
    }
    int threadGroup = Integer.parseInt(status.getOrDefault("Tgid", "0"));
    if (threadGroup != pid) {
      return new ProcessLookup.NotAProcess(pid, threadGroup);
    }
    Path exe = dir.resolve("exe");
    try {
      String path = Files.readSymbolicLink(exe).toString();
      boolean deleted = path.endsWith(DELETED);
      long startTicks = startTicks(dir);
      if (startTicks < 0) {
        return new ProcessLookup.NoSuchProcess(pid);
      }
      return new ProcessLookup.Found(
          new TargetProcess(
              pid,
              Integer.parseInt(status.getOrDefault("PPid", "0")),
              startTicks,
              deleted ? path.substring(0, path.length() - DELETED.length()) : path,
              deleted,
              BinaryIdentity.of(exe)));
    } catch (NoSuchFileException e) {
      return new ProcessLookup.NoExecutable(pid, status.getOrDefault("Name", "?"));
    } catch (IOException e) {
      return ProcFile.refused(e)
          ? new ProcessLookup.Denied(pid, exe.toString())
          : new ProcessLookup.NoSuchProcess(pid);
    }
  }

  /** Every process that the selector names and that can be seen. */
  public Selection select(TargetSelector selector) {
    List<TargetProcess> selected = new ArrayList<>();
    if (!selector.awaitsProcesses()) {
      Predicate<TargetProcess> excluded = excluded(selector);
      selector.pids().stream().sorted().forEach(pid -> addIfFound(pid, excluded, selected));
      return new Selection(selected, List.of(), List.of());
    }
    ListeningSockets sockets = new ListeningSockets(proc, selector.ports());
    Predicate<TargetProcess> excluded = excluded(selector);
    List<Integer> denied = new ArrayList<>();
    List<Integer> unread = new ArrayList<>();
    List<TargetProcess> others = new ArrayList<>();
    for (int pid : pids()) {
      ProcessLookup lookup = find(pid);
      if (lookup instanceof ProcessLookup.Denied) {
        denied.add(pid);
      }
      if (lookup instanceof ProcessLookup.Found found && !excluded.test(found.process())) {
        (names(selector, sockets, found.process()) ? selected : others).add(found.process());
        if (selector.asksForServiceNames() && ProcFile.isRefused(environ(pid))) {
          unread.add(pid);
        }
      }
    }
    List<Selection.Obstacle> obstacles = new ArrayList<>();
    if (!denied.isEmpty()) {
      String what =
          "%s: %s may not be looked at, and %s"
              .formatted(
                  selector,
                  some(denied),
                  denied.size() == 1 ? "is missed if it fits" : "are missed if they fit");
      obstacles.add(obstacle(Selection.Question.EXECUTABLE, what, Right.SYS_PTRACE));
    }
    if (!unread.isEmpty()) {
      String what =
          "%s: of %s the OTEL_SERVICE_NAME may not be read, so that its program gives the name"
              .formatted(selector, some(unread));
      obstacles.add(
          obstacle(Selection.Question.ENVIRONMENT, what, Right.SYS_PTRACE, Right.DAC_READ_SEARCH));
    }
    if (sockets.ownerMayBeHidden()) {
      String what =
          "--port %s: a process that listens there may not be looked at, and is missed"
              .formatted(selector.ports());
      obstacles.add(
          obstacle(
              Selection.Question.LISTENING_SOCKETS, what, Right.SYS_PTRACE, Right.DAC_READ_SEARCH));
    }
    return new Selection(
        selected, selector.serviceNames().isEmpty() ? List.of() : others, obstacles);
  }

  private static Selection.Obstacle obstacle(
      Selection.Question question, String what, Right... needed) {
    Rights rights = Rights.own();
    return new Selection.Obstacle(
        question, !rights.hasAll(needed), what + "; " + rights.mend(needed));
  }

  private String some(List<Integer> pids) {
    String last = nameOf(pids.get(pids.size() - 1));
    return pids.size() == 1 ? "process " + last : pids.size() + " processes, such as " + last + ",";
  }

  private String nameOf(int pid) {
    Path dir = dir(pid);
    return pid + " (" + status(dir).getOrDefault("Name", "?") + ")";
  }

  /** Whether the selector names this process. */
  public boolean selects(TargetSelector selector, TargetProcess process) {
    return names(selector, new ListeningSockets(proc, selector.ports()), process)
        && !excluded(selector).test(process);
  }

  /** Whether the selector excepts a process, now: good for one scan. */
  public Predicate<TargetProcess> excluded(TargetSelector selector) {
    if (selector.except().isEmpty()) {
      return process -> false;
    }
    TargetSelector others = selector.except().get();
    ListeningSockets sockets = new ListeningSockets(proc, others.ports());
    return process -> names(others, sockets, process);
  }

  /** Whether one of the criteria names a process, whatever the exceptions are. */
  private boolean names(TargetSelector selector, ListeningSockets sockets, TargetProcess process) {
    int pid = process.pid();
    return selector.names(pid, process.executable())
        || (!selector.ports().isEmpty() && sockets.isListener(pid))
        || (!selector.cgroups().isEmpty() && isInCgroup(pid, selector.cgroups()))
        || (!selector.containers().isEmpty() && isInContainer(pid, selector.containers()))
        || (!selector.serviceNames().isEmpty() && isCalled(process, selector.serviceNames()));
  }

  /** By the cgroups of all hierarchies; the unified one of cgroup v2 is a line like the others. */
  private boolean isInCgroup(int pid, List<PathGlob> patterns) {
    return ProcFile.lines(dir(pid).resolve("cgroup")).stream()
        .map(line -> line.split(":", 3))
        .anyMatch(
            fields ->
                fields.length == 3
                    && patterns.stream().anyMatch(pattern -> pattern.matches(fields[2])));
  }

  private boolean isInContainer(int pid, List<String> beginnings) {
    return containerId(dir(pid))
        .filter(id -> beginnings.stream().anyMatch(id::startsWith))
        .isPresent();
  }

  private boolean isCalled(TargetProcess process, List<Glob> patterns) {
    return serviceNames
        .of(process, environment(process.pid()))
        .filter(name -> patterns.stream().anyMatch(pattern -> pattern.matches(name)))
        .isPresent();
  }

  private Path dir(int pid) {
    return proc.resolve(Integer.toString(pid));
  }

  private Path environ(int pid) {
    return dir(pid).resolve("environ");
  }

  /** The environment that a process was started with; empty if it cannot be read. */
  public Map<String, String> environment(int pid) {
    Map<String, String> environment = new HashMap<>();
    for (String variable : ProcFile.nulSeparated(environ(pid))) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        environment.putIfAbsent(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    return environment;
  }

  private void addIfFound(
      int pid, Predicate<TargetProcess> excluded, List<TargetProcess> selected) {
    if (find(pid) instanceof ProcessLookup.Found found && !excluded.test(found.process())) {
      selected.add(found.process());
    }
  }

  /** The ids of all processes, ascending. */
  List<Integer> pids() {
    List<Integer> pids = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(proc, "[1-9]*")) {
      for (Path entry : entries) {
        try {
          pids.add(Integer.parseInt(entry.getFileName().toString()));
        } catch (NumberFormatException e) {
          continue;
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new IllegalStateException("cannot list " + proc + ": is it mounted?", e);
    }
    pids.sort(null);
    return pids;
  }

  /** What describes a process; the parts that cannot be read are empty. */
  public ProcessFacts facts(TargetProcess process) {
    Path dir = dir(process.pid());
    Map<String, String> status = status(dir);
    Map<String, String> environment = environment(process.pid());
    return new ProcessFacts(
        process,
        status.getOrDefault("Name", ""),
        ProcFile.nulSeparated(dir.resolve("cmdline")),
        environment,
        environment.isEmpty() && ProcFile.isRefused(environ(process.pid()))
            ? Optional.of(Rights.own().mend(Right.SYS_PTRACE, Right.DAC_READ_SEARCH))
            : Optional.empty(),
        owner(dir, status),
        containerId(dir));
  }

  /** Nanoseconds from the machine's boot as the ticks in which proc(5) counts a process's start. */
  public static long ticks(long bootNanos) {
    return bootNanos / (TimeUnit.SECONDS.toNanos(1) / TICKS_PER_SECOND);
  }

  /**
   * A time of day in milliseconds of the epoch.
   *
   * @param ticks from the machine's boot to then
   */
  public long epochMillis(long ticks) {
    return bootEpochSeconds() * 1000 + ticks * 1000 / TICKS_PER_SECOND;
  }

  /** What describes the machine. */
  public HostFacts host() {
    return new HostFacts(
        ProcFile.text(proc.resolve("sys/kernel/hostname")).orElse("").strip(),
        ProcFile.text(proc.resolve("sys/kernel/random/boot_id")).orElse("").strip());
  }

  private static Map<String, String> status(Path dir) {
    Map<String, String> fields = new HashMap<>();
    for (String line : ProcFile.lines(dir.resolve("status"))) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
      }
    }
    return fields;
  }

  /** Field 22 of stat; the name in field 2 may itself hold spaces and parentheses. */
  private static long startTicks(Path dir) {
    String[] fields = stat(dir);
    return fields.length < 20 ? -1 : Long.parseLong(fields[19]);
  }

  /** What follows a process's name: the third field of proc(5) and those behind it. */
  private static String[] stat(Path dir) {
    String stat = ProcFile.text(dir.resolve("stat")).orElse("");
    int afterName = stat.lastIndexOf(')');
    return afterName < 0 ? new String[0] : stat.substring(afterName + 1).strip().split(" ");
  }

  /**
   * What a process has used of the processors until now, in user space and in the kernel, to a
   * hundredth of a second; empty if it is gone.
   */
  public OptionalLong cpuNanos(int pid) {
    String[] fields = stat(dir(pid));
    return fields.length < 13
        ? OptionalLong.empty()
        : OptionalLong.of(
            (Long.parseLong(fields[11]) + Long.parseLong(fields[12]))
                * (TimeUnit.SECONDS.toNanos(1) / TICKS_PER_SECOND));
  }

  private long bootEpochSeconds() {
    return ProcFile.lines(proc.resolve("stat")).stream()
        .filter(line -> line.startsWith("btime "))
        .mapToLong(line -> Long.parseLong(line.substring("btime ".length()).strip()))
        .findFirst()
        .orElse(0);
  }

  /**
   * The user of the second number of status' Uid line, the effective one. Its name is our passwd's
   * only for a process with our own root: a container's users are others.
   */
  private String owner(Path dir, Map<String, String> status) {
    String[] ids = status.getOrDefault("Uid", "").split("\\s+");
    if (ids.length < 2) {
      return "";
    }
    if (!hasOurRoot(dir)) {
      return ids[1];
    }
    for (String line : ProcFile.lines(passwd)) {
      String[] columns = line.split(":");
      if (columns.length > 2 && columns[2].equals(ids[1])) {
        return columns[0];
      }
    }
    return ids[1];
  }

  private boolean hasOurRoot(Path dir) {
    try {
      return FileStatus.of(dir.resolve("root"))
          .isSameFile(FileStatus.of(proc.resolve("self/root")));
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * The last id in the cgroup paths; in a cgroup namespace they are only "/", and the bind mounts
   * of the container's own files (its hostname, its resolv.conf) still name it.
   */
  private static Optional<String> containerId(Path dir) {
    Optional<String> id = lastContainerId(ProcFile.lines(dir.resolve("cgroup")));
    if (id.isPresent()) {
      return id;
    }
    return lastContainerId(
        ProcFile.lines(dir.resolve("mountinfo")).stream()
            .filter(line -> line.contains(" /etc/hostname ") || line.contains(" /etc/resolv.conf "))
            .toList());
  }

  private static Optional<String> lastContainerId(List<String> lines) {
    String last = null;
    for (String line : lines) {
      Matcher matcher = CONTAINER_ID.matcher(line);
      while (matcher.find()) {
        last = matcher.group();
      }
    }
    return Optional.ofNullable(last);
  }
}
