// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MutatedExecutablesTest {

  private static final int CASES = 40;

  @ParameterizedTest
  @CsvSource({"1.24.13, -compressdwarf=false", "1.26.11, -s -w", "1.27.4, ''"})
  void everyMutationEndsInAnOutcomeWithTheAgentsHeap(
      String version, String link, @TempDir Path directory) {
    Path program = GoBuild.program(version, List.of("-ldflags=" + link), GoFixtures.SERVER);
    String printed =
        DamagedFilesTest.java("-Xmx32m", MutatedExecutables.class, directory, CASES, program);
    assertThat(printed).contains("Opened=", "Malformed=");
  }
}
