// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.Sampling;
import io.goshawk.loader.session.TracingSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the kernel itself counts as the memory of the agent's maps. */
final class MapMemoryTest {

  /** Of README's table; beside it some maps grow with what is open. */
  private static final long LIMIT_BYTES = 32L << 20;

  @Test
  void mapsTakeNoMoreThanIsPromised() throws IOException {
    Map<Integer, Map<String, Long>> before = maps();
    KernelSettings settings =
        new KernelSettings(
            Sampling.SAMPLE_ALWAYS_ON,
            Sampling.SAMPLE_ALWAYS_ON,
            Sampling.SAMPLE_ALWAYS_ON,
            0,
            0,
            List.of(),
            50,
            false);
    TracingSession session = KernelPrograms.load(settings, new HeaderNumbers());
    Map<Integer, Map<String, Long>> ours;
    try {
      ours = maps();
    } finally {
      session.close();
    }
    ours.keySet().removeAll(before.keySet());
    long loaded = ours.values().stream().mapToLong(map -> map.get("memlock")).sum();
    assertThat(loaded).isBetween((long) KernelPrograms.RING_BYTES, LIMIT_BYTES);
  }

  /** By id, what the kernel tells of them. */
  private static Map<Integer, Map<String, Long>> maps() throws IOException {
    Map<Integer, Map<String, Long>> maps = new HashMap<>();
    try (var files = Files.newDirectoryStream(Path.of("/proc/self/fdinfo"))) {
      for (Path file : files) {
        Map<String, Long> fields = fields(file);
        if (fields.containsKey("map_id")) {
          maps.put(fields.get("map_id").intValue(), fields);
        }
      }
    }
    return maps;
  }

  private static Map<String, Long> fields(Path file) throws IOException {
    Map<String, Long> fields = new HashMap<>();
    try {
      for (String line : Files.readAllLines(file)) {
        String[] field = line.split(":\\s*");
        if (field.length == 2 && field[1].matches("(0x)?[0-9a-f]+")) {
          try {
            fields.put(field[0], Long.decode(field[1]));
          } catch (NumberFormatException e) {
            continue; // no number of a map
          }
        }
      }
    } catch (NoSuchFileException e) {
      return Map.of(); // closed meanwhile
    }
    return fields;
  }
}
