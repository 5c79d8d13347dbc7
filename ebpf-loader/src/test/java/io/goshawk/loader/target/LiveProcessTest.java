package io.goshawk.loader.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the processes of this machine. */
final class LiveProcessTest {

  private final ProcessTable table = new ProcessTable();
  private final int self = (int) ProcessHandle.current().pid();

  @Test
  void seesItself() {
    TargetProcess process = found(self);
    ProcessFacts facts = table.facts(process);

    assertThat(process.parentPid())
        .isEqualTo(
            (int) (long) ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L));
    assertThat(process.executable())
        .isEqualTo(ProcessHandle.current().info().command().orElseThrow());
    assertThat(facts.environment()).containsEntry("PATH", System.getenv("PATH"));
    assertThat(facts.owner()).isEqualTo(System.getProperty("user.name"));
    assertThat(table.epochMillis(process.startTicks()))
        .isCloseTo(
            ProcessHandle.current().info().startInstant().orElseThrow().toEpochMilli(),
            org.assertj.core.data.Offset.offset(2_000L));
  }

  @Test
  void doesNotTakeItsOwnExecutableForARemoteOne() {
    assertThat(table.fileServer(self).filter(FileServer::certain)).isEmpty();
  }

  @Test
  void findsTheListenerOfAPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      PortSet port = PortSet.parse(Integer.toString(socket.getLocalPort()));

      assertThat(table.select(new TargetSelector(Set.of(), List.of(), port)).processes())
          .extracting(TargetProcess::pid)
          .containsExactly(self);
    }
  }

  @Test
  void keepsTheIdentityOfABinaryThatWasReplacedOnDisk(@TempDir Path folder) throws Exception {
    Path binary = Files.copy(Path.of("/bin/sleep"), folder.resolve("svc"));
    Process process = new ProcessBuilder(binary.toString(), "60").start();
    try {
      BinaryIdentity before = found((int) process.pid()).binary();
      assertThat(BinaryIdentity.of(binary)).isEqualTo(before);

      Files.copy(Path.of("/bin/cat"), folder.resolve("new"));
      Files.move(folder.resolve("new"), binary, StandardCopyOption.REPLACE_EXISTING);

      TargetProcess after = found((int) process.pid());
      assertThat(after.executableDeleted()).isTrue();
      assertThat(after.executable()).isEqualTo(binary.toRealPath().toString());
      assertThat(BinaryIdentity.of(binary)).isNotEqualTo(before);
      assertThat(after.binary()).isEqualTo(before);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private TargetProcess found(int pid) {
    ProcessLookup lookup = table.find(pid);
    assertThat(lookup).isInstanceOf(ProcessLookup.Found.class);
    return ((ProcessLookup.Found) lookup).process();
  }
}
