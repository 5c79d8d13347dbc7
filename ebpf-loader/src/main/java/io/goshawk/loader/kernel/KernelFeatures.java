// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.kernel;

import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.bpf.BpfSupport;
import io.goshawk.loader.exec.ExecGate;
import io.goshawk.loader.rights.Right;
import io.goshawk.loader.rights.Rights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The prerequisites of tracing on this machine, found out by looking and, where only that is sure,
 * by trying.
 *
 * <p>Neither bpffs nor tracefs is among them: links are held in a BPF file system that is mounted
 * nowhere, and uprobes and tracepoints are attached without tracefs. Nor is the limit of locked
 * memory, which Linux 5.11 stopped applying to maps.
 */
public final class KernelFeatures {
  /** {@code bpf_loop}, in which the programs search a request's headers, came with 5.17. */
  private static final int MINIMUM_MAJOR = 5;

  private static final int MINIMUM_MINOR = 17;

  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+)");
  private static final Pattern LOCKDOWN = Pattern.compile("\\[(\\w+)]");

  private final List<KernelFeature> features;

  private KernelFeatures(List<KernelFeature> features) {
    this.features = List.copyOf(features);
  }

  /** Looks and tries; takes some tens of milliseconds, and leaves nothing behind. */
  public static KernelFeatures probe() {
    return probe(Path.of("/"), System.getProperty("os.arch"), Trials.REAL);
  }

  /** What can only be tried. */
  record Trials(
      LibbpfVersion libbpfVersion,
      BooleanSupplier ringBuffers,
      BooleanSupplier taskStorage,
      BooleanSupplier uprobeMulti,
      BooleanSupplier execGate) {
    static final Trials REAL =
        new Trials(
            BpfSupport::libbpfVersion,
            BpfSupport::ringBuffers,
            BpfSupport::taskStorage,
            BpfSupport::uprobeMulti,
            ExecGate::isPossible);

    /** Throws {@link BpfException} when libbpf is missing or too old. */
    interface LibbpfVersion {
      String get();
    }
  }

  static KernelFeatures probe(Path root, String architecture, Trials trials) {
    List<KernelFeature> features = new ArrayList<>();
    features.add(architecture(architecture));
    features.add(release(root));
    Rights rights = Rights.of(root);
    features.add(right(rights, Right.BPF, true));
    features.add(right(rights, Right.PERFMON, true));
    features.add(right(rights, Right.SYS_PTRACE, false));
    features.add(right(rights, Right.DAC_READ_SEARCH, false));
    features.add(right(rights, Right.LEASE, false));
    features.add(processIds(root));
    features.add(lockdown(root));
    features.add(btf(root));
    features.add(uprobes(root));
    String rightMissing = rights.hasAll(Right.BPF, Right.PERFMON) ? "" : rights.mendOfSystemCall();
    KernelFeature libbpf = libbpf(trials);
    features.add(libbpf);
    if (libbpf.found()) {
      features.add(tried("ring buffers", true, trials.ringBuffers, rights.mendOfSystemCall()));
      features.add(
          tried(
              "task storage",
              true,
              trials.taskStorage,
              rightMissing.isEmpty()
                  ? "use a kernel built with CONFIG_DEBUG_INFO_BTF=y"
                  : rightMissing));
      features.add(
          tried(
              "uprobe_multi",
              false,
              trials.uprobeMulti,
              (rightMissing.isEmpty() ? "Linux 6.6 and newer have it" : rightMissing)
                  + "; without it each probe site takes a descriptor of its own, and detaching"
                  + " takes longer"));
    }
    features.add(
        tried(
            "holding programs",
            false,
            trials.execGate,
            (rights.has(Right.SYS_ADMIN)
                    ? "use a kernel with CONFIG_FANOTIFY_ACCESS_PERMISSIONS=y"
                    : rights.mend(Right.SYS_ADMIN))
                + "; without it "
                + Right.SYS_ADMIN.loss()));
    return new KernelFeatures(features);
  }

  private static KernelFeature right(Rights rights, Right right, boolean required) {
    return rights.has(right)
        ? KernelFeature.found(right.capability(), required, "effective")
        : KernelFeature.missing(
            right.capability(),
            required,
            "not effective",
            rights.mend(right) + "; without it " + right.loss());
  }

  private static KernelFeature architecture(String architecture) {
    String name = "architecture";
    return architecture.equals("amd64")
        ? KernelFeature.found(name, true, architecture)
        : KernelFeature.missing(
            name, true, architecture, "run on x86-64; no other architecture is supported yet");
  }

  private static KernelFeature release(Path root) {
    String name = "kernel release";
    String release = firstLine(root.resolve("proc/sys/kernel/osrelease"));
    Matcher matcher = RELEASE.matcher(release);
    boolean enough = false;
    if (matcher.lookingAt()) {
      int major = Integer.parseInt(matcher.group(1));
      int minor = Integer.parseInt(matcher.group(2));
      enough = major > MINIMUM_MAJOR || (major == MINIMUM_MAJOR && minor >= MINIMUM_MINOR);
    }
    return enough
        ? KernelFeature.found(name, true, release)
        : KernelFeature.missing(
            name,
            true,
            release.isEmpty() ? "not readable" : release,
            "use Linux %d.%d or newer".formatted(MINIMUM_MAJOR, MINIMUM_MINOR));
  }

  private static KernelFeature processIds(Path root) {
    String name = "process ids";
    PidNamespace namespace = PidNamespace.of(root);
    if (!namespace.shownByProc()) {
      return KernelFeature.missing(
          name, true, "/proc is that of another pid namespace", PidNamespace.MEND);
    }
    return KernelFeature.found(
        name,
        true,
        namespace.isInitial()
            ? "of the whole machine"
            : "of pid namespace " + namespace.inode() + "; processes outside are not seen");
  }

  private static KernelFeature lockdown(Path root) {
    String name = "lockdown allows tracing";
    String state = firstLine(root.resolve("sys/kernel/security/lockdown"));
    Matcher matcher = LOCKDOWN.matcher(state);
    if (matcher.find() && matcher.group(1).equals("confidentiality")) {
      return KernelFeature.missing(
          name,
          true,
          state,
          "programs may not read kernel memory in the mode confidentiality: boot with"
              + " lockdown=integrity or lockdown=none");
    }
    return KernelFeature.found(name, true, state.isEmpty() ? "no lockdown" : state);
  }

  private static KernelFeature btf(Path root) {
    String name = "kernel BTF";
    Path vmlinux = root.resolve("sys/kernel/btf/vmlinux");
    return Files.isReadable(vmlinux)
        ? KernelFeature.found(name, true, vmlinux.toString())
        : KernelFeature.missing(
            name,
            true,
            "no " + vmlinux,
            "use a kernel built with CONFIG_DEBUG_INFO_BTF=y, as the big distributions' are, and"
                + " mount sysfs");
  }

  private static KernelFeature uprobes(Path root) {
    String name = "uprobes";
    Path type = root.resolve("sys/bus/event_source/devices/uprobe/type");
    return Files.isReadable(type)
        ? KernelFeature.found(name, true, "perf event type " + firstLine(type))
        : KernelFeature.missing(
            name,
            true,
            "no " + type,
            "use a kernel built with CONFIG_UPROBE_EVENTS=y, and mount sysfs");
  }

  private static KernelFeature libbpf(Trials trials) {
    String name = "libbpf";
    try {
      return KernelFeature.found(name, true, trials.libbpfVersion.get());
    } catch (BpfException e) {
      return KernelFeature.missing(name, true, e.operation() + ": " + e.detail(), e.mend());
    }
  }

  private static KernelFeature tried(
      String name, boolean required, BooleanSupplier trial, String mend) {
    return trial.getAsBoolean()
        ? KernelFeature.found(name, required, "tried")
        : KernelFeature.missing(name, required, "tried, and the kernel refused", mend);
  }

  /** Without its newline; empty if it cannot be read. */
  static String firstLine(Path file) {
    try {
      return Files.readString(file).lines().findFirst().orElse("");
    } catch (IOException e) {
      return "";
    }
  }

  /** All of them, found or missing, in the order in which they are best mended. */
  public List<KernelFeature> all() {
    return features;
  }

  /** What is required and missing; empty if this machine can trace. */
  public List<KernelFeature> missing() {
    return features.stream().filter(feature -> feature.required() && !feature.found()).toList();
  }
}
