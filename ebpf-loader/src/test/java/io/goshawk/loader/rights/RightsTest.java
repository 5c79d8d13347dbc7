// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.rights;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RightsTest {
  private static final long SYS_ADMIN = 1L << 21;
  private static final long DAC_OVERRIDE = 1L << 1;

  @TempDir Path root;

  @Test
  void areReadWhateverTheNameOfTheProcess() throws IOException {
    Files.createDirectories(root.resolve("proc/self"));
    Files.write(
        root.resolve("proc/self/status"),
        ("Name:\t\u00ff:\nUid:\t0\t1000\t0\t0\nCapEff:\t0000000000200000\nSeccomp:\t2\n")
            .getBytes(StandardCharsets.ISO_8859_1));
    assertThat(Rights.of(root)).isEqualTo(new Rights(SYS_ADMIN, 1000, true));
  }

  @Test
  void areNoneWhereTheyCannotBeRead() {
    assertThat(Right.values()).noneMatch(Rights.of(root)::has);
  }

  @Test
  void areGivenByCapabilitiesThatIncludeThem() {
    assertThat(Right.values())
        .filteredOn(new Rights(SYS_ADMIN, 0, false)::has)
        .containsExactly(Right.BPF, Right.PERFMON, Right.SYS_ADMIN);
    assertThat(Right.values())
        .filteredOn(new Rights(DAC_OVERRIDE, 0, false)::has)
        .containsExactly(Right.DAC_READ_SEARCH);
  }

  @Test
  void aMendNamesOnlyWhatIsMissing() {
    assertThat(new Rights(SYS_ADMIN, 0, false).mend(Right.BPF, Right.SYS_PTRACE))
        .contains("CAP_SYS_PTRACE")
        .contains("--cap-add")
        .doesNotContain("CAP_BPF");
    assertThat(new Rights(0, 1000, false).mend(Right.BPF, Right.SYS_PTRACE))
        .contains("CAP_BPF and CAP_SYS_PTRACE")
        .contains("AmbientCapabilities");
  }

  @Test
  void whoHasTheCapabilitiesIsToldWhoElseRefuses() {
    Rights all = new Rights(-1, 0, false);
    assertThat(all.mend(Right.SYS_PTRACE)).contains("docker run --security-opt apparmor");
    assertThat(new Rights(-1, 0, true).mendOfSystemCall()).contains("seccomp");
    assertThat(all.mendOfSystemCall()).contains("apparmor");
  }
}
