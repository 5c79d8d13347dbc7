// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.target.ProcessTable;
import io.goshawk.spans.resource.ResourceSettings;
import io.goshawk.spans.resource.TargetProcess.GoBuild;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With this process as the target, seen through a /proc that a test can take it out of. */
final class TargetDirectoryTest {

  private static final int BINARY = 7;

  @TempDir Path proc;

  private final int self = (int) ProcessHandle.current().pid();
  private TargetDirectory directory;
  private TracedBinary binary;

  @BeforeEach
  void carryProbes() throws IOException {
    directory =
        new TargetDirectory(
            new ProcessTable(proc, Path.of("/etc/passwd")),
            ResourceSettings.defaults("test"),
            System::nanoTime);
    binary =
        new TracedBinary("svc", "amd64", new GoBuild("go1.26.8", "", "", "", Map.of()), Map.of());
    directory.add(BINARY, binary);
  }

  @Test
  void aProcessIsLearntFromItsFirstRecord() throws IOException {
    appear();

    assertThat(directory.learn(self, BINARY)).isSameAs(binary);
    assertThat(directory.resource(self)).isNotNull();
  }

  @Test
  void whoIsGoneBeforeItsFirstRecordIsLookedUpOnce() throws IOException {
    assertThat(directory.learn(self, BINARY)).isSameAs(binary);
    assertThat(directory.resource(self)).isNull();

    appear();
    directory.learn(self, BINARY);

    assertThat(directory.resource(self)).as("after a second look that there was none of").isNull();
  }

  @Test
  void aRecordOfABinaryWithoutProbesTeachesNothing() throws IOException {
    appear();

    assertThat(directory.learn(self, BINARY + 1)).isNull();
    assertThat(directory.resource(self)).isNull();
  }

  private void appear() throws IOException {
    Files.createSymbolicLink(proc.resolve(String.valueOf(self)), Path.of("/proc/self"));
  }
}
