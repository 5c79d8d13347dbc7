// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.go.BuildInfo.Module;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuildInfoReaderTest {

  @Test
  void readsModulesReplacementsAndQuotedSettings() {
    BuildInfo info =
        BuildInfoReader.parse(
            "go1.26.8 X:nosynchashtriemap,loopvar",
            """
            path\texample.com/cmd/shop
            mod\texample.com\t(devel)\t
            dep\tgithub.com/a/b\tv1.2.3\th1:sum=
            dep\tgithub.com/c/d\tv0.1.0
            =>\t../d\t\t
            dep\tgithub.com/e/f\tv2.0.0
            =>\tgithub.com/fork/f\tv2.0.1\th1:sum=
            build\t-ldflags="-s -w -X \\"main.v=1\\""
            build\t"a key"=value
            build\tGOEXPERIMENT=arenas,loopvar
            build\tCGO_CFLAGS=
            unheard\tof
            """);
    assertThat(info.path()).isEqualTo("example.com/cmd/shop");
    assertThat(info.main()).isEqualTo(new Module("example.com", "(devel)"));
    assertThat(info.modules())
        .containsExactly(
            new Module("github.com/a/b", "v1.2.3"),
            new Module("github.com/c/d", "v0.1.0", new Module("../d", "")),
            new Module("github.com/e/f", "v2.0.0", new Module("github.com/fork/f", "v2.0.1")));
    assertThat(info.module("github.com/e/f").orElseThrow().linked().path())
        .isEqualTo("github.com/fork/f");
    assertThat(info.settings())
        .isEqualTo(
            Map.of(
                "-ldflags", "-s -w -X \"main.v=1\"",
                "a key", "value",
                "GOEXPERIMENT", "arenas,loopvar",
                "CGO_CFLAGS", ""));
    assertThat(info.experiments()).containsExactly("arenas", "loopvar", "nosynchashtriemap");
  }

  /** Go 1.17 and older wrote pointers to strings; the blob of a newer program is made like that. */
  @Test
  void readsTheOlderFormOfPointers(@TempDir Path directory) throws IOException {
    Path path = GoFixtures.small("1.24.13");
    byte[] program = Files.readAllBytes(path);
    int blob = indexOf(program, "\u00ff Go buildinf:");
    long address;
    try (GoExecutable executable = GoFixtures.open(path)) {
      assertThat(executable.positionIndependent()).isFalse();
      address = addressOf(program, blob);
    }
    ByteBuffer buffer = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
    byte[] version = "go1.24.99".getBytes(StandardCharsets.US_ASCII);
    String framed = "0123456789abcdef" + "path\texample.com/old\n" + "fedcba9876543210";
    byte[] modules = framed.getBytes(StandardCharsets.US_ASCII);
    buffer.put(blob + 14, (byte) 8).put(blob + 15, (byte) 0);
    buffer.putLong(blob + 16, address + 32).putLong(blob + 24, address + 48);
    buffer.putLong(blob + 32, address + 64).putLong(blob + 40, version.length);
    buffer.putLong(blob + 48, address + 80).putLong(blob + 56, modules.length);
    buffer.put(blob + 64, version).put(blob + 80, modules);
    try (GoExecutable executable =
        GoFixtures.open(Files.write(directory.resolve("old"), program))) {
      assertThat(executable.version()).isEqualTo(new GoVersion("go1.24.99", 1, 24, 99));
      assertThat(executable.buildInfo().path()).isEqualTo("example.com/old");
    }
  }

  private static int indexOf(byte[] bytes, String text) {
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
    assertThat(at).isPositive();
    return at;
  }

  /** By the program headers, 56 bytes each. */
  private static long addressOf(byte[] elf, int offset) {
    ByteBuffer b = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 64; at < 64 + 56 * b.getShort(56); at += 56) {
      long start = b.getLong(at + 8);
      if (b.getInt(at) == 1 && offset >= start && offset < start + b.getLong(at + 32)) {
        return b.getLong(at + 16) + offset - start;
      }
    }
    throw new AssertionError("no segment holds offset " + offset);
  }
}
