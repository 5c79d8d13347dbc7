// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.tree;

import static io.goshawk.testing.SeededCases.forAnyBytes;
import static io.goshawk.testing.SeededCases.forEachSeed;
import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.config.tree.MapNode.Entry;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class TreePropertyTest {

  /** What may be in a text by accident or by malice. */
  private static final String[] PIECES = {
    "a",
    "b",
    ": ",
    "\n",
    "  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "&x ",
    "*x",
    "<<: ",
    "\"",
    "'",
    "|\n",
    ">-\n",
    "#",
    "${env:A}",
    "${",
    "}",
    "$$",
    "::",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "!!int ",
    "!x ",
    "? ",
    "\t",
    "\u0000",
    "\ud83d\ude00",
    "\u2028",
    "\ufeff",
    "1",
    "null",
    "~",
    "@",
    "`"
  };

  @Test
  void mergingIsAssociativeWhereNoKeyChangesItsKind() {
    forEachSeed(
        300,
        random -> {
          MapNode a = map(random, 3);
          MapNode b = map(random, 3);
          MapNode c = map(random, 3);
          assertThat(a.mergedWith(b).mergedWith(c)).isEqualTo(a.mergedWith(b.mergedWith(c)));
          assertThat(a.mergedWith(a)).isEqualTo(a);
        });
  }

  /** A key's first letter says what its value is. */
  private static MapNode map(RandomGenerator random, int depth) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      int name = random.nextInt(3);
      boolean nested = depth > 0 && random.nextBoolean();
      Node value =
          nested
              ? map(random, depth - 1)
              : new ListNode(
                  Origin.DEFAULT,
                  List.of(ScalarNode.plain(Origin.DEFAULT, "" + random.nextInt(100))));
      entries.put((nested ? "m" : "l") + name, new Entry(Origin.DEFAULT, value));
    }
    return new MapNode(Origin.DEFAULT, entries);
  }

  @Test
  void noVariableBringsInStructure() {
    forEachSeed(
        2_000,
        random -> {
          String value = text(random, 12);
          for (String template : new String[] {"${env:A}", "x${env:A}y", "\"${env:A}\"", "${A}"}) {
            Findings findings = new Findings();
            MapNode root =
                ConfigSource.read("yaml:k: " + template + "\nl: 1", Map.of("A", value), findings);
            assertThat(findings.errors()).isEmpty();
            assertThat(root.entries().keySet()).containsExactly("k", "l");
            ScalarNode scalar = (ScalarNode) root.get("k");
            assertThat(scalar.text())
                .isEqualTo(template.startsWith("x") ? "x" + value + "y" : value);
          }
        });
  }

  @Test
  void whateverIsReadEndsInATreeOrInWhatIsWrong() {
    forEachSeed(5_000, random -> readSomehow(text(random, 60)));
    forAnyBytes(5_000, 200, bytes -> readSomehow(new String(bytes, StandardCharsets.ISO_8859_1)));
  }

  @Test
  void textThatGrowsIsRefusedBeforeItTakesLong() {
    for (String piece : PIECES) {
      for (String other : new String[] {"", "a", "\n", ": "}) {
        readSomehow((piece + other).repeat(20_000));
      }
    }
  }

  private static String text(RandomGenerator random, int mostPieces) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(mostPieces + 1); i > 0; i--) {
      text.append(PIECES[random.nextInt(PIECES.length)]);
    }
    return text.toString();
  }

  private static void readSomehow(String text) {
    try {
      ConfigSource.read("yaml:" + text, Map.of("A", "[a, &x b]"), new Findings());
    } catch (InvalidConfigException e) {
      assertThat(e.errors()).isNotEmpty();
    }
  }
}
