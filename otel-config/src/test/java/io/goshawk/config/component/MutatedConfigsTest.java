// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import static io.goshawk.testing.SeededCases.forEachSeed;
import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.config.ConfigLoader;
import io.goshawk.config.report.ConfigPrinter;
import io.goshawk.config.tree.InvalidConfigException;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Configurations that are nearly right. */
class MutatedConfigsTest {

  private static final String[] WORDS = {
    "null",
    "{}",
    "[]",
    "-1",
    "1e9",
    "true",
    "'x'",
    "5s",
    "*x",
    "&x ",
    "<<: {a: 1}",
    "\n",
    ": ",
    "- ",
    "${env:A}",
    "99999999999999999999",
    ".nan",
    "(",
    "a::b",
    "\u0000",
    "  "
  };

  @Test
  void theyAreUsedOrRefused() throws IOException {
    List<List<String>> configs = configs();
    int[] outcomes = new int[2];
    forEachSeed(
        1_000,
        random -> {
          String text = mutated(configs.get(random.nextInt(configs.size())), random);
          try {
            String printed = ConfigPrinter.yaml(load(text));
            assertThat(ConfigPrinter.yaml(load(printed))).isEqualTo(printed);
            outcomes[0]++;
          } catch (InvalidConfigException e) {
            assertThat(e.errors()).isNotEmpty();
            outcomes[1]++;
          }
        });
    assertThat(outcomes[0]).as("used").isGreaterThan(50);
    assertThat(outcomes[1]).as("refused").isGreaterThan(50);
  }

  private static CollectorConfig load(String text) {
    return ConfigLoader.load(
            List.of("yaml:" + text),
            Map.of("A", "[x", "OTLP_ENDPOINT", "http://h:1", "PID", "1"),
            MapNode.empty(Origin.DEFAULT),
            Catalogue.complete())
        .config();
  }

  /** As words and what is between them. */
  private static List<List<String>> configs() throws IOException {
    List<List<String>> configs = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of("src/test/resources/accepted"))) {
      for (Path file : files.sorted().toList()) {
        configs.add(List.of(Files.readString(file).split("\\b")));
      }
    }
    return configs;
  }

  private static String mutated(List<String> config, RandomGenerator random) {
    List<String> words = new ArrayList<>(config);
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      int at = random.nextInt(words.size());
      switch (random.nextInt(4)) {
        case 0 -> words.remove(at);
        case 1 -> words.add(at, words.get(random.nextInt(words.size())));
        case 2 -> words.set(at, WORDS[random.nextInt(WORDS.length)]);
        default -> words.add(at, WORDS[random.nextInt(WORDS.length)]);
      }
    }
    return String.join("", words);
  }
}
