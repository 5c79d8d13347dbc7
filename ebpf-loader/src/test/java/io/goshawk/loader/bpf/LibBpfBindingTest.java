// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process binds libbpf once, so each case has a JVM of its own. */
class LibBpfBindingTest {
  @TempDir Path folder;

  @Test
  void aMissingLibraryIsNamedWithThePackageThatHasIt() throws Exception {
    assertThat(version(Path.of("/no/such/libbpf.so.1")))
        .contains("/no/such/libbpf.so.1")
        .contains("No such file")
        .contains("apt-get install libbpf1")
        .contains("goshawk.libbpf.path");
  }

  @Test
  void aLibraryOlderThanVersionsIsTooOld() throws Exception {
    assertThat(version(library("int bpf_object__load(void *o) { return 0; }")))
        .contains("older than libbpf 1.0")
        .contains("mend: install libbpf 1.0 or newer");
  }

  @Test
  void aLibraryOfAZeroReleaseIsTooOld() throws Exception {
    assertThat(version(library("int libbpf_major_version(void) { return 0; }")))
        .contains("older than libbpf 1.0: a 0.x release")
        .contains("mend: install libbpf 1.0 or newer");
  }

  @Test
  void aLibraryThatLacksAFunctionIsNotBoundByHalf() throws Exception {
    assertThat(version(library("int libbpf_major_version(void) { return 1; }")))
        .contains("older than libbpf 1.0")
        .contains("mend: install libbpf 1.0 or newer");
  }

  @Test
  void theLibraryOfThisMachineIsBoundByItsSoname() throws Exception {
    assertThat(run(List.of())).matches("1\\.\\d+\\R");
  }

  private Path library(String source) throws Exception {
    Path file = folder.resolve("old.c");
    Files.writeString(file, source);
    Path library = folder.resolve("libold.so");
    HostCompiler.run("-shared", "-fPIC", "-o", library.toString(), file.toString());
    return library;
  }

  private static String version(Path library) throws Exception {
    return run(List.of("-D" + LibBpf.PATH_PROPERTY + "=" + library));
  }

  private static String run(List<String> options) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(PrintVersion.class.getName());
    return HostCompiler.output(command);
  }

  /** The program that the other JVM runs. */
  static final class PrintVersion {
    private PrintVersion() {}

    public static void main(String[] args) {
      try {
        System.out.println(BpfSupport.libbpfVersion());
      } catch (BpfException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
