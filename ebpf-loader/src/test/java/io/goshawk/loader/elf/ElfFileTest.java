// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.elf;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.go.GoBuild;
import io.goshawk.loader.go.GoFixtures;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares with what GNU readelf reads. */
class ElfFileTest {

  // [ 1] .text PROGBITS 0000000000401000 001000 271b31 00 AX 0 0 32
  private static final Pattern SECTION =
      Pattern.compile(
          "\\[ *(\\d+)] (\\S+) +(\\S+) +([0-9a-f]{16}) ([0-9a-f]+) ([0-9a-f]+) .*", Pattern.DOTALL);

  // LOAD 0x000000 0x0000000000400000 0x0000000000400000 0x272da0 0x272da0 R E 0x1000
  private static final Pattern LOAD =
      Pattern.compile(
          "LOAD +0x(\\S+) 0x(\\S+) 0x\\S+ 0x(\\S+) 0x(\\S+) (...) 0x.*", Pattern.DOTALL);

  static Stream<Path> executables() {
    return Stream.concat(
        Stream.of(Path.of("/bin/true"), Path.of(System.getProperty("java.home"), "bin", "java")),
        GoBuild.VERSIONS.stream()
            .flatMap(
                v ->
                    Stream.of(
                        GoFixtures.server(v),
                        GoFixtures.server(v, "-ldflags=-s -w"),
                        GoFixtures.server(v, "-buildmode=pie"))));
  }

  @ParameterizedTest
  @MethodSource("executables")
  void hasTheSectionsAndSegmentsThatReadelfShows(Path path) throws Exception {
    List<String> sections = new ArrayList<>();
    List<String> segments = new ArrayList<>();
    for (String line :
        GoBuild.run(
                Path.of("target"),
                List.of("readelf", "--sections", "--segments", "--wide", path.toString()),
                Map.of("LC_ALL", "C"))
            .split("\n")) {
      Matcher s = SECTION.matcher(line.strip());
      if (s.matches()) {
        sections.add(
            "%s %s %s %s %s".formatted(s.group(1), s.group(2), hex(s, 4), hex(s, 5), hex(s, 6)));
      }
      Matcher l = LOAD.matcher(line.strip());
      if (l.matches()) {
        segments.add(
            "%s %s %s %s %s".formatted(hex(l, 1), hex(l, 2), hex(l, 3), hex(l, 4), l.group(5)));
      }
    }
    assertThat(sections).hasSizeGreaterThan(10);
    assertThat(segments).hasSizeGreaterThan(1);
    try (BinaryFile file = BinaryFile.open(path, Budget.usual())) {
      ElfFile elf = ElfFile.parse(file);
      List<String> actual = new ArrayList<>();
      for (int i = 1; i < elf.sections().size(); i++) {
        Section s = elf.sections().get(i);
        actual.add("%d %s %x %x %x".formatted(i, s.name(), s.address(), s.offset(), s.bytes()));
      }
      assertThat(actual).isEqualTo(sections);
      assertThat(elf.segments())
          .extracting(
              s ->
                  "%x %x %x %x R%s%s"
                      .formatted(
                          s.offset(),
                          s.address(),
                          s.fileBytes(),
                          s.memoryBytes(),
                          s.writable() ? "W" : " ",
                          s.executable() ? "E" : " "))
          .isEqualTo(segments);
    }
  }

  private static String hex(Matcher m, int group) {
    return Long.toHexString(Long.parseUnsignedLong(m.group(group), 16));
  }
}
