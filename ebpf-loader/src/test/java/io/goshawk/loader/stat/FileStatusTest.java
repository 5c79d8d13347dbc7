// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.stat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileStatusTest {

  @Test
  void ofALocalFileItIsWhatStatSays(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("naïve name"), "text");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    Files.createLink(folder.resolve("second"), file);
    for (Path path : List.of(file, link, folder, Path.of("/dev/null"), Path.of("/proc/self/exe"))) {
      Map<String, Object> known =
          Files.readAttributes(path, "unix:ino,mode,nlink,size,lastModifiedTime");
      FileStatus status = FileStatus.of(path);
      assertThat(status.inode()).as(path.toString()).isEqualTo(known.get("ino"));
      assertThat(status.mode()).isEqualTo(known.get("mode"));
      assertThat(status.links()).isEqualTo(known.get("nlink"));
      assertThat(status.sizeBytes()).isEqualTo(known.get("size"));
      assertThat(status.modifiedNanos())
          .isEqualTo(((FileTime) known.get("lastModifiedTime")).to(TimeUnit.NANOSECONDS));
      assertThat(status.isRegularFile()).isEqualTo(Files.isRegularFile(path));
    }
    assertThat(FileStatus.of(link).isSameFile(FileStatus.of(file))).isTrue();
    assertThat(FileStatus.of(folder).isSameFile(FileStatus.of(file))).isFalse();
  }

  @Test
  void whatIsNotThereFailsAsInJava(@TempDir Path folder) throws IOException {
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> FileStatus.of(folder.resolve("none")));
    Path file = Files.writeString(folder.resolve("file"), "text");
    assertThatExceptionOfType(FileSystemException.class)
        .isThrownBy(() -> FileStatus.of(file.resolve("below")))
        .withMessageContaining("Not a directory");
  }

  @Test
  void theMountOfAFileIsAmongThoseOfItsProcess() throws IOException {
    long id = FileStatus.of(Path.of("/proc/self")).mountId();
    assertThat(Mount.all(Path.of("/proc/self/mountinfo")))
        .filteredOn(mount -> mount.id() == id)
        .singleElement()
        .isEqualTo(new Mount(id, "/proc", "proc"))
        .hasToString("proc at /proc")
        .matches(mount -> !mount.isRemote());
    assertThat(FileStatus.of(Path.of("/proc/self")).isOnDisk()).isFalse();
  }

  @Test
  void namesAndTypesAreToldFromMountinfo(@TempDir Path folder) throws IOException {
    Path mountinfo =
        Files.writeString(
            folder.resolve("mountinfo"),
            """
            36 35 98:0 / /mnt/a\\040b\\134c rw,noatime shared:1 master:2 - ext3 /dev/root rw
            37 35 0:50 / /mnt/ü rw - fuse.sshfs box:/ rw,user_id=0
            38 35 0:51 /x /mnt/nfs rw - nfs4 box:/x rw
            """);
    assertThat(Mount.all(mountinfo))
        .extracting(Mount::toString, Mount::isRemote)
        .containsExactly(
            tuple("ext3 at /mnt/a b\\c", false),
            tuple("fuse.sshfs at /mnt/ü", true),
            tuple("nfs4 at /mnt/nfs", true));
  }

  @Test
  void anOverlayIsAsItsLayersAre(@TempDir Path folder) throws IOException {
    Path mountinfo =
        Files.writeString(
            folder.resolve("mountinfo"),
            """
            35 1 98:0 / / rw - ext4 /dev/root rw
            36 35 0:51 /x /mnt/nfs rw - nfs4 box:/x rw
            37 36 98:1 / /mnt/nfs/disk rw - ext4 /dev/disk rw
            40 35 0:60 / /local rw - overlay o rw,lowerdir=/a:/mnt/nfs2,upperdir=/u,workdir=/mnt/nfs
            41 35 0:61 / /lower rw - overlay o rw,lowerdir=/a:/mnt/nfs/b,upperdir=/u,workdir=/w
            42 35 0:62 / /upper rw - overlay o rw,lowerdir=/a,upperdir=/mnt/nfs,workdir=/w
            43 35 0:63 / /disk rw - overlay o rw,lowerdir=/mnt/nfs/disk/a
            44 35 0:64 / /again rw - overlay o rw,lowerdir+=/a,lowerdir+=/lower/c
            45 35 0:65 / /short rw - overlay o rw,lowerdir=l/ABC:l/DEF
            46 35 0:66 / /itself rw - overlay o rw,lowerdir=/itself
            47 35 0:67 / /mnt rw - tmpfs lowerdir=/mnt/nfs rw
            """);
    List<Mount> mounts = Mount.all(mountinfo);
    assertThat(mounts.stream().filter(mount -> mount.isRemoteAmong(mounts)).map(Mount::path))
        .containsExactly("/mnt/nfs", "/lower", "/upper", "/again");
  }

  /** Anybody can have as many in a namespace of his own. */
  @Test
  void aHundredThousandMountsTakeNoMoreThanTheFirstOfThem(@TempDir Path folder) throws IOException {
    String path = "/" + "x".repeat(3_000);
    Path mountinfo = folder.resolve("mountinfo");
    try (Writer lines = Files.newBufferedWriter(mountinfo)) {
      lines.write("35 1 98:0 / / rw - ext4 /dev/root rw\n");
      for (int id = 100; id < 100_100; id++) {
        lines.write(id + " 35 0:60 / " + path + " rw - tmpfs tmpfs rw\n");
      }
    }
    assertThat(Mount.withId(mountinfo, 35)).map(Mount::path).contains("/");
    assertThat(Mount.all(mountinfo)).hasSizeBetween(300, 400);
    assertThat(Mount.withId(mountinfo, 100_099)).isEmpty();
  }
}
