// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.config.tree.ScalarNode.Kind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlTreeTest {

  private final Findings findings = new Findings();

  private MapNode read(String yaml, Map<String, String> variables) {
    return ConfigSource.read("yaml:" + yaml, variables, findings);
  }

  private MapNode read(String yaml) {
    return read(yaml, Map.of());
  }

  private static ScalarNode scalar(MapNode map, String... path) {
    return (ScalarNode) node(map, path);
  }

  private static Node node(MapNode map, String... path) {
    Node node = map;
    for (String key : path) {
      node = ((MapNode) node).get(key);
    }
    return node;
  }

  @Test
  void everyValueKnowsWhereItWasWritten() {
    MapNode root = read("a:\n  b: [1,\n      'two']\n  ü: 3\n");
    assertThat(root.entries().get("a").keyOrigin()).hasToString("yaml:1:1");
    ListNode list = (ListNode) node(root, "a", "b");
    assertThat(list.origin()).hasToString("yaml:2:6");
    assertThat(list.elements().get(1).origin()).hasToString("yaml:3:7");
    assertThat(scalar(root, "a", "ü").origin()).hasToString("yaml:4:6");
  }

  @ParameterizedTest
  @CsvSource({
    "1, INT",
    "-17, INT",
    "0x1F, INT",
    "0o17, INT",
    "0644, INT",
    "100_000, INT",
    "1_, TEXT",
    "_1, TEXT",
    "1.5, FLOAT",
    "1e3, FLOAT",
    ".5, FLOAT",
    ".inf, FLOAT",
    ".nan, FLOAT",
    "true, BOOL",
    "False, BOOL",
    "yes, TEXT",
    "on, TEXT",
    "~, NULL",
    "null, NULL",
    "1s, TEXT",
    "1.2.3, TEXT",
    "12:30, TEXT",
    "'''1''', TEXT",
    "'\"true\"', TEXT",
    "!!str 1, TEXT",
    "! 1, TEXT",
    "-, NULL"
  })
  void plainScalarsAreWhatTheCoreSchemaSays(String written, Kind kind) {
    assertThat(scalar(read("a: " + (written.equals("-") ? "" : written)), "a").kind())
        .isEqualTo(kind);
  }

  @Test
  void anAliasStandsForWhatItsAnchorNames() {
    MapNode root =
        read("a: &x {endpoint: h:1, headers: {k: v}}\nb: *x\nc: {<<: *x, endpoint: h:2}\n");
    assertThat(scalar(root, "b", "headers", "k").text()).isEqualTo("v");
    assertThat(scalar(root, "c", "endpoint").text()).isEqualTo("h:2");
    assertThat(scalar(root, "c", "headers", "k").origin()).hasToString("yaml:1:36");
    assertThat(findings.errors()).isEmpty();
  }

  @Test
  void ofSeveralMergedMapsTheFirstHasTheLastWord() {
    MapNode root = read("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}\n");
    assertThat(scalar(root, "c", "x").text()).isEqualTo("1");
    assertThat(scalar(root, "c", "y").text()).isEqualTo("2");
  }

  @Test
  void variablesArePutIntoScalars() {
    Map<String, String> variables = Map.of("HOST", "tempo", "N", "12", "EMPTY", "");
    MapNode root =
        read(
            """
            host: ${env:HOST}:4317
            short: ${HOST}
            number: ${env:N}
            quoted: "${env:N}"
            mixed: 1${env:N}
            default: ${env:NONE:-5s}
            emptydefault: ${env:EMPTY:-x}
            url: ${env:NONE:-http://localhost:4318}
            nested: ${env:NONE:-${env:NEITHER:-${env:HOST}:1}/$$}
            nestednumber: "${env:NONE:-${env:N}}"
            dollar: $$HOST $${env:HOST} $1 a$
            unset: ${env:NONE}
            """,
            variables);
    assertThat(scalar(root, "host").text()).isEqualTo("tempo:4317");
    assertThat(scalar(root, "host").variables()).containsExactly("HOST");
    assertThat(scalar(root, "short").text()).isEqualTo("tempo");
    assertThat(scalar(root, "number").kind()).isEqualTo(Kind.INT);
    assertThat(scalar(root, "quoted").kind()).isEqualTo(Kind.INT);
    assertThat(scalar(root, "mixed").kind()).isEqualTo(Kind.TEXT);
    assertThat(scalar(root, "default").text()).isEqualTo("5s");
    assertThat(scalar(root, "emptydefault").text()).isEqualTo("x");
    assertThat(scalar(root, "url").text()).isEqualTo("http://localhost:4318");
    assertThat(scalar(root, "nested").text()).isEqualTo("tempo:1/$");
    assertThat(scalar(root, "nested").variables()).containsExactly("HOST");
    assertThat(scalar(root, "nestednumber").kind()).isEqualTo(Kind.INT);
    assertThat(scalar(root, "dollar").text()).isEqualTo("$HOST ${env:HOST} $1 a$");
    assertThat(scalar(root, "unset").isNull()).isTrue();
    assertThat(findings.warnings())
        .singleElement()
        .hasToString("yaml:12:8: unset: the variable NONE is not set, taken as empty");
  }

  @Test
  void whatAVariableHoldsIsNotLookedThroughAgain() {
    MapNode root = read("a: ${env:A}\n${env:A}: b", Map.of("A", "${env:B}", "B", "secret"));
    assertThat(scalar(root, "a").text()).isEqualTo("${env:B}");
    assertThat(root.entries()).containsKey("${env:A}");
  }

  @Test
  void mapsAreMergedAndAnythingElseIsReplaced() {
    MapNode merged =
        read("a: {x: 1, l: [1, 2]}\nb: {c: {d: 1}}").mergedWith(read("a: {y: 2, l: [3]}\nb: 5"));
    assertThat(scalar(merged, "a", "x").text()).isEqualTo("1");
    assertThat(scalar(merged, "a", "y").text()).isEqualTo("2");
    assertThat(((ListNode) node(merged, "a", "l")).elements()).hasSize(1);
    assertThat(scalar(merged, "b").text()).isEqualTo("5");
  }

  @Test
  void keysOfAPathAreJoinedByTwoColons() {
    MapNode root = read("processors::batch::timeout: 2s\nprocessors::batch/x: {}");
    assertThat(scalar(root, "processors", "batch", "timeout").text()).isEqualTo("2s");
    assertThat(node(root, "processors", "batch/x")).isInstanceOf(MapNode.class);
  }

  @Test
  void aSourceIsAFileAVariableOrText(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("a.yaml"), "\ufeffa: 1\n");
    for (String uri : new String[] {file.toString(), "file:" + file, "env:CONF", "yaml:a: 1"}) {
      MapNode root = ConfigSource.read(uri, Map.of("CONF", "a: 1"), findings);
      assertThat(scalar(root, "a").text()).as(uri).isEqualTo("1");
    }
    assertThat(read("").entries()).isEmpty();
    assertThat(read("# nothing\n").entries()).isEmpty();
    assertThat(read("null").entries()).isEmpty();
  }

  @Test
  void aSourceThatCannotBeReadSaysWhy(@TempDir Path folder) throws Exception {
    Path latin = Files.write(folder.resolve("l"), "a: ü".getBytes(StandardCharsets.ISO_8859_1));
    Path large = Files.write(folder.resolve("large"), new byte[(1 << 20) + 1]);
    assertFails("/nowhere/a.yaml", "/nowhere/a.yaml: cannot be read: there is no such file");
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    assertFails(pipe.toString(), "cannot be read: it is a pipe or a device, not a file");
    assertFails("/dev/zero", "cannot be read: it is a pipe or a device, not a file");
    assertFails(folder.toString(), "cannot be read: it is a folder, not a file");
    assertFails(latin.toString(), "is no UTF-8 text");
    assertFails(large.toString(), "is longer than the 1048576 bytes");
    assertFails("env:NOTHING", "env:NOTHING: the variable NOTHING is not set, or empty");
    assertFails("https://example.com/c.yaml", "\"https:\" is not known");
    assertFails("yaml:[1]", "yaml:1:1: is no map");
    assertFails("yaml:a: 1\n---\nb: 2", "yaml:2:1: a second document begins here");
  }

  @Test
  void aTextThatWouldBeTooMuchIsRefused() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 40; i++) {
      bomb.append("a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ", ").repeat(9)));
    }
    assertFails("yaml:" + bomb, "is more than 100000 values");
    assertFails("yaml:a: " + "[".repeat(100_000), "is nested deeper than 64 levels");
    assertFails("yaml:a: &a [*a]", "*a stands for nothing that ended before it");
    StringBuilder chain = new StringBuilder("a0: &a0 [x]\n");
    for (int i = 1; i < 400; i++) {
      chain.append("a%d: &a%d [*a%d]\n".formatted(i, i, i - 1));
    }
    assertFails("yaml:" + chain, "is nested deeper than 64 levels with what it names");
  }

  @Test
  void aKeyThatStandsTwiceIsNamedWithBothPlaces() {
    read("a:\n  b: 1\n  b: 2\n");
    assertThat(findings.errors())
        .singleElement()
        .hasToString("yaml:3:3: a: \"b\" is here a second time, after yaml:2:3");
  }

  private void assertFails(String uri, String message) {
    assertThatThrownBy(() -> ConfigSource.read(uri, Map.of(), findings))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining(message);
  }
}
