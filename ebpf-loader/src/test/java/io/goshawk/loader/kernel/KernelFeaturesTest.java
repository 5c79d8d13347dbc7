// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.bpf.BpfException;
import io.goshawk.loader.kernel.KernelFeatures.Trials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelFeaturesTest {
  private static final Trials ALL_WELL =
      new Trials(() -> "1.1", () -> true, () -> true, () -> true, () -> true);

  @TempDir Path root;

  @BeforeEach
  void aMachineThatHasEverything() throws IOException {
    write("proc/sys/kernel/osrelease", "6.1.0-28-amd64\n");
    write("proc/self/status", "Name:\tjava\nCapEff:\t000001ffffffffff\n");
    Files.createDirectories(root.resolve("proc/self/ns"));
    Files.createSymbolicLink(root.resolve("proc/self/ns/pid"), Path.of("pid:[4026531836]"));
    write("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
    write("sys/kernel/btf/vmlinux", "");
    write("sys/bus/event_source/devices/uprobe/type", "9\n");
  }

  @Test
  void thisMachineCanTrace() {
    KernelFeatures here = KernelFeatures.probe();
    assertThat(here.missing()).isEmpty();
    assertThat(here.all())
        .extracting(KernelFeature::name)
        .contains("kernel release", "libbpf", "kernel BTF", "ring buffers", "uprobe_multi")
        .contains("holding programs");
  }

  @Test
  void nothingIsMissingWhereEverythingIs() {
    assertThat(probe(ALL_WELL).all()).allMatch(KernelFeature::found);
  }

  @Test
  void everyMissingFeatureComesWithItsMend() throws IOException {
    for (String path :
        new String[] {
          "proc/sys/kernel/osrelease",
          "proc/self/status",
          "proc/self/ns/pid",
          "sys/kernel/btf/vmlinux",
          "sys/bus/event_source/devices/uprobe/type"
        }) {
      Files.delete(root.resolve(path));
    }
    KernelFeatures features =
        KernelFeatures.probe(
            root,
            "riscv64",
            new Trials(() -> "1.1", () -> false, () -> false, () -> false, () -> false));
    assertThat(features.missing())
        .extracting(KernelFeature::name)
        .containsExactly(
            "architecture",
            "kernel release",
            "CAP_BPF",
            "CAP_PERFMON",
            "process ids",
            "kernel BTF",
            "uprobes",
            "ring buffers",
            "task storage");
    assertThat(features.all())
        .filteredOn(feature -> !feature.found())
        .allSatisfy(feature -> assertThat(feature.mend()).isNotEmpty());
  }

  /** Without rights nobody knows what the kernel would do. */
  @Test
  void whereARightIsMissingItIsNamedAndNotAnotherKernel() throws IOException {
    write("proc/self/status", "Name:\tjava\nCapEff:\t0000000000000000\n");
    KernelFeatures features =
        probe(new Trials(() -> "1.1", () -> false, () -> false, () -> false, () -> false));
    assertThat(features.all())
        .filteredOn(
            feature ->
                List.of("ring buffers", "task storage", "uprobe_multi").contains(feature.name()))
        .hasSize(3)
        .allSatisfy(
            feature ->
                assertThat(feature.mend())
                    .contains("CAP_BPF and CAP_PERFMON")
                    .doesNotContain("CONFIG_", "Linux 6"));
  }

  @Test
  void anOldKernelIsNamedWithTheOneThatIsNeeded() throws IOException {
    write("proc/sys/kernel/osrelease", "5.10.0-30-amd64\n");
    assertThat(probe(ALL_WELL).missing())
        .singleElement()
        .satisfies(
            feature -> {
              assertThat(feature.detail()).isEqualTo("5.10.0-30-amd64");
              assertThat(feature.mend()).contains("5.17");
            });
    write("proc/sys/kernel/osrelease", "5.17.0\n");
    assertThat(probe(ALL_WELL).missing()).isEmpty();
  }

  @Test
  void theOldSumOfCapabilitiesIsEnough() throws IOException {
    write("proc/self/status", "CapEff:\t%016x\n".formatted(1L << 21));
    KernelFeatures features = probe(ALL_WELL);
    assertThat(features.missing()).isEmpty();
    assertThat(features.all())
        .filteredOn(feature -> !feature.found())
        .extracting(KernelFeature::name)
        .containsExactly("CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH", "CAP_LEASE");
  }

  @Test
  void lockdownForConfidentialityForbidsTracing() throws IOException {
    write("sys/kernel/security/lockdown", "none integrity [confidentiality]\n");
    assertThat(probe(ALL_WELL).missing())
        .extracting(KernelFeature::name)
        .containsExactly("lockdown allows tracing");
    Files.delete(root.resolve("sys/kernel/security/lockdown"));
    assertThat(probe(ALL_WELL).missing()).isEmpty();
  }

  @Test
  void aPidNamespaceIsEnoughIfProcIsItsOwn() throws IOException {
    Files.delete(root.resolve("proc/self/ns/pid"));
    Files.createSymbolicLink(root.resolve("proc/self/ns/pid"), Path.of("pid:[4026532201]"));
    write("proc/self/status", "NSpid:\t7\nCapEff:\t000001ffffffffff\n");
    assertThat(probe(ALL_WELL).missing()).isEmpty();

    write("proc/self/status", "NSpid:\t4711\t7\nCapEff:\t000001ffffffffff\n");
    assertThat(probe(ALL_WELL).missing())
        .singleElement()
        .satisfies(feature -> assertThat(feature.mend()).contains("--mount-proc"));
  }

  @Test
  void withoutLibbpfNothingIsTried() {
    Trials noLibrary =
        new Trials(
            () -> {
              throw new BpfException("finding libbpf.so.1", 0, "not there", "install it");
            },
            KernelFeaturesTest::unexpected,
            KernelFeaturesTest::unexpected,
            KernelFeaturesTest::unexpected,
            () -> true);
    assertThat(probe(noLibrary).missing())
        .singleElement()
        .isEqualTo(
            KernelFeature.missing("libbpf", true, "finding libbpf.so.1: not there", "install it"));
  }

  private static boolean unexpected() {
    throw new AssertionError("tried without libbpf");
  }

  private KernelFeatures probe(Trials trials) {
    return KernelFeatures.probe(root, "amd64", trials);
  }

  private void write(String path, String content) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }
}
