// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.goshawk.loader.bpf.ObjectOptions.Uprobes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Probes on functions of a small library that this JVM calls itself. */
class AttachTest {
  private static final long COOKIE = 1L << 32 | 7;
  private static final long FORKS = -1;

  @TempDir static Path folder;
  private static Path library;
  private static NativeLibrary target;

  @BeforeAll
  static void compileTheTarget() throws Exception {
    Path source = folder.resolve("target.c");
    Files.writeString(
        source,
        """
        int first(int n) { return n + 1; }
        int second(int n) { return n + 2; }
        """);
    library = folder.resolve("libtarget.so");
    HostCompiler.run("-O1", "-shared", "-fPIC", "-o", library.toString(), source.toString());
    target = NativeLibrary.getInstance(library.toString());
  }

  @AfterAll
  static void unloadIt() {
    target.close();
  }

  @ParameterizedTest
  @EnumSource(Uprobes.class)
  void everyHitOfEverySiteIsSeenWithItsCookieUntilTheLinkIsClosed(Uprobes way) throws Exception {
    try (BpfObject object = load(way)) {
      BpfProgram program = object.program("on_hit").orElseThrow();
      BpfLink link =
          UprobeAttacher.attach(
              program, library, new long[] {fileOffset("first"), fileOffset("second")}, COOKIE);
      call("first", 10);
      call("second", 5);
      assertThat(hits(object, COOKIE)).isEqualTo(15);

      link.close();
      link.close();
      awaitNoHits(object, "first", COOKIE);
      awaitNoHits(object, "second", COOKIE);
    }
  }

  @ParameterizedTest
  @EnumSource(Uprobes.class)
  void linksOfOneProgramComeAndGoByThemselves(Uprobes way) throws Exception {
    try (BpfObject object = load(way)) {
      BpfProgram program = object.program("on_hit").orElseThrow();
      BpfLink one = UprobeAttacher.attach(program, library, new long[] {fileOffset("first")}, 1);
      BpfLink two = UprobeAttacher.attach(program, library, new long[] {fileOffset("second")}, 2);
      call("first", 3);
      assertThat(hits(object, 1)).isEqualTo(3);
      one.close();
      awaitNoHits(object, "first", 1);
      call("second", 5);
      assertThat(hits(object, 2)).isEqualTo(5);
      two.close();
      awaitNoHits(object, "second", 2);
    }
  }

  @ParameterizedTest
  @EnumSource(Uprobes.class)
  void aFileThatIsGoneIsNamed(Uprobes way) {
    try (BpfObject object = load(way)) {
      BpfProgram program = object.program("on_hit").orElseThrow();
      assertThatExceptionOfType(BpfException.class)
          .isThrownBy(
              () -> UprobeAttacher.attach(program, Path.of("/no/such/file"), new long[] {64}, 0))
          .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
          .withMessageContaining("program on_hit to 1 site in /no/such/file")
          .withMessageContaining("mend: ");
    }
  }

  @ParameterizedTest
  @EnumSource(Uprobes.class)
  void oneBadSiteAttachesNone(Uprobes way) throws Exception {
    try (BpfObject object = load(way)) {
      BpfProgram program = object.program("on_hit").orElseThrow();
      long[] offsets = {fileOffset("first"), 1L << 40};
      assertThatExceptionOfType(BpfException.class)
          .isThrownBy(() -> UprobeAttacher.attach(program, library, offsets, COOKIE))
          .withMessageContaining("2 sites");
      call("first", 10);
      assertThat(hits(object, COOKIE)).isZero();
    }
  }

  @Test
  void noSiteOrANegativeOneIsAWrongCall() {
    try (BpfObject object = load(Uprobes.BEST)) {
      BpfProgram program = object.program("on_hit").orElseThrow();
      assertThatIllegalArgumentException()
          .isThrownBy(() -> UprobeAttacher.attach(program, library, new long[0], 0));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> UprobeAttacher.attach(program, library, new long[] {64, -1}, 0))
          .withMessageContaining("offset -1");
    }
  }

  @Test
  void theBestWayIsOneLinkWhereTheKernelHasIt() {
    try (BpfObject object = load(Uprobes.BEST)) {
      assertThat(object.uprobeMulti()).isEqualTo(BpfSupport.uprobeMulti());
    }
  }

  @Test
  void aTracepointIsFollowedUntilTheLinkIsClosed() throws Exception {
    try (BpfObject object = load(Uprobes.BEST)) {
      BpfLink link = TracepointAttacher.attach(object.program("on_fork").orElseThrow());
      fork();
      link.close();
      long seen = hits(object, FORKS);
      assertThat(seen).isPositive();
      fork();
      assertThat(hits(object, FORKS)).isEqualTo(seen);
    }
  }

  private static void fork() throws Exception {
    Process process = new ProcessBuilder("true").start();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
  }

  private static BpfObject load(Uprobes way) {
    return BpfObject.open(() -> TestPrograms.open("hits"), ObjectOptions.DEFAULT.withUprobes(way))
        .load();
  }

  /** A link that was closed ends soon. */
  private static void awaitNoHits(BpfObject object, String function, long cookie) {
    Awaitility.await("no hits of " + function)
        .atMost(Duration.ofSeconds(10))
        .until(
            () -> {
              long before = hits(object, cookie);
              call(function, 10);
              return hits(object, cookie) == before;
            });
  }

  /** What was counted for this process. */
  private static long hits(BpfObject object, long cookie) {
    ByteBuffer key = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
    key.putLong(0, cookie).putInt(8, (int) ProcessHandle.current().pid());
    ByteBuffer value = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder());
    return object.map("hits").lookup(key, value) ? value.getLong(0) : 0;
  }

  private static void call(String function, int times) {
    Function native_ = target.getFunction(function);
    for (int i = 0; i < times; i++) {
      native_.invokeInt(new Object[] {i});
    }
  }

  /** Of a function of the library, by where the kernel has mapped it. */
  private static long fileOffset(String function) throws Exception {
    long address = Pointer.nativeValue(target.getFunction(function));
    for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
      String[] columns = line.split("[- ]+", 5);
      long start = Long.parseUnsignedLong(columns[0], 16);
      long end = Long.parseUnsignedLong(columns[1], 16);
      if (address >= start && address < end) {
        return address - start + Long.parseUnsignedLong(line.split(" +")[2], 16);
      }
    }
    throw new IllegalStateException(function + " is not mapped");
  }
}
