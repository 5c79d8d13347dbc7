// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.goshawk.loader.target.BinaryIdentity;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExecutableFileTest {

  private static final int LIMIT_SECONDS = 20;

  @TempDir Path folder;

  private Path app;

  @BeforeEach
  void install() throws IOException {
    app = Files.writeString(folder.resolve("app"), "old");
  }

  @Test
  void staysTheFileThatWasOpenedWhateverItsPathLeadsTo() throws Exception {
    try (ExecutableFile file = ExecutableFile.open(app)) {
      BinaryIdentity identity = BinaryIdentity.of(app);
      Files.move(
          Files.writeString(folder.resolve("next"), "another"),
          app,
          StandardCopyOption.REPLACE_EXISTING);

      assertThat(file.path()).hasContent("old");
      assertThat(file.identity()).isEqualTo(identity);
      assertThat(BinaryIdentity.of(file.path())).isEqualTo(identity);
      assertThat(file.isRemoved()).isTrue();
    }
  }

  @Test
  void aFileThatHasANameIsNotRemoved() throws Exception {
    try (ExecutableFile file = ExecutableFile.open(app)) {
      Files.move(app, folder.resolve("elsewhere"));
      assertThat(file.isRemoved()).isFalse();
    }
  }

  @Test
  void aWriterWaitsUntilTheLeasedFileIsClosed() throws Exception {
    Process writer;
    try (ExecutableFile file = ExecutableFile.open(app)) {
      assertThat(file.lease()).isEmpty();
      assertThat(file.isWriterWaiting()).isFalse();

      writer = shell("echo new >\"$1\"");
      await().until(file::isWriterWaiting);
      assertThat(writer.isAlive()).isTrue();
      assertThat(file.path()).hasContent("old");
    }
    assertThat(writer.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(app).hasContent("new");
  }

  @Test
  void aWriterGoesOnWhenTheLeaseIsGivenBackAndTheNextOneWaitsAgain() throws Exception {
    try (ExecutableFile file = ExecutableFile.open(app)) {
      for (String text : new String[] {"first", "second"}) {
        assertThat(file.lease()).isEmpty();
        Process writer = shell("echo " + text + " >\"$1\"");
        await().until(file::isWriterWaiting);

        file.giveLeaseBack();

        assertThat(writer.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(file.isLeased()).isFalse();
        assertThat(file.path()).hasContent(text);
      }
    }
  }

  @Test
  void readingRenamingAndRemovingALeasedFileDoesNotWait() throws Exception {
    try (ExecutableFile file = ExecutableFile.open(app)) {
      assertThat(file.lease()).isEmpty();
      Process others =
          shell("cat \"$1\" && chmod 700 \"$1\" && mv \"$1\" \"$1.old\" && rm \"$1.old\"");
      assertThat(others.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
      assertThat(others.exitValue()).isZero();
      assertThat(file.isWriterWaiting()).isFalse();
    }
  }

  @Test
  void aFileThatIsBeingWrittenToIsNotLeased() throws Exception {
    try (OutputStream writer = Files.newOutputStream(app);
        ExecutableFile file = ExecutableFile.open(app)) {
      writer.write('n');
      assertThat(file.lease()).hasValueSatisfying(why -> assertThat(why.beingWritten()).isTrue());
      assertThat(file.isLeased()).isFalse();
      assertThat(file.isWriterWaiting()).isFalse();
    }
  }

  @Test
  void findsTheFilesOwnBytesWhereNobodyHasProbedIt() throws Exception {
    try (ExecutableFile file = ExecutableFile.open(Path.of("/bin/true"))) {
      assertThat(file.isUnprobed(new long[] {0, 1, 4097})).isTrue();
      assertThat(file.isOfOverlay()).isEqualTo(isRootAnOverlay());
    }
  }

  @Test
  void instructionsStayInMemoryUntilItIsClosed() throws Exception {
    Path large = Files.write(folder.resolve("large"), new byte[1 << 20]);
    try (ExecutableFile file = ExecutableFile.openRemote(large)) {
      // The second crosses from one page into the next.
      file.keepInMemory(new long[] {10, 5 * 4096 - 3, 20});
      assertThat(lockedKilobytes(large)).isEqualTo(3 * 4);
    }
    assertThat(lockedKilobytes(large)).isZero();
  }

  private static int lockedKilobytes(Path file) throws IOException {
    int locked = 0;
    boolean ours = false;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        ours = line.endsWith(file.toString());
      } else if (ours && line.startsWith("Locked:")) {
        locked += Integer.parseInt(line.replaceAll("\\D", ""));
      }
    }
    return locked;
  }

  @Test
  void aPipeOrAFolderIsRefusedWithoutWaiting() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    for (Path path : new Path[] {pipe, folder}) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> ExecutableFile.open(path))
          .withMessageContaining("not a regular file");
    }
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> ExecutableFile.open(folder.resolve("none")));
  }

  private Process shell(String script) throws IOException {
    return new ProcessBuilder("sh", "-c", script, "sh", app.toString())
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("output").toFile())
        .start();
  }

  private static boolean isRootAnOverlay() throws Exception {
    Process stat = new ProcessBuilder("stat", "-f", "-c", "%T", "/bin/true").start();
    return stat.inputReader().readLine().equals("overlayfs");
  }
}
