// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedBatches;
import io.goshawk.collector.testing.EncodedSpans;
import io.goshawk.collector.testing.TestSpan;
import io.goshawk.collector.testing.TestSpans;
import io.goshawk.config.component.Signal;
import io.goshawk.testing.SeededCases;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileBacklogTest {
  /** Three of them are more than is held in memory. */
  private static final String LARGE = "x".repeat(400_000);

  @TempDir Path folder;

  private int number;

  private static FileBacklog open(Path place) throws IOException {
    return new FileBacklog(
        "otlp", Signal.TRACES, SegmentLog.open(place, 3_000_000, false), System::nanoTime);
  }

  /** Of two services in turn, so that a record has them in another order than the batch. */
  private List<TestSpan> spans(RandomGenerator random) {
    List<TestSpan> spans = new ArrayList<>();
    for (int count = 1 + random.nextInt(6); count > 0; count--) {
      Attributes attributes =
          random.nextInt(5) == 0
              ? Attributes.builder().put("large", LARGE).build()
              : Attributes.empty();
      spans.add(
          TestSpans.span(
              "service-" + number % 2,
              "span-" + number,
              1,
              ++number,
              0,
              0,
              1,
              attributes,
              StatusData.unset()));
    }
    return spans;
  }

  /**
   * Whether records are in memory yet or read again, in whatever parts they are taken and settled,
   * and however often the agent dies in between: nothing is missing, and nothing settled is there
   * again.
   */
  @Test
  void whatIsInMemoryIsWhatIsOnDisk() {
    SeededCases.forEachSeed(
        25,
        random -> {
          Path place = Files.createTempDirectory(folder, "backlog");
          List<String> waiting = new ArrayList<>();
          List<String> underWay = new ArrayList<>();
          FileBacklog backlog = open(place);
          for (int step = 0; step < 60; step++) {
            switch (random.nextInt(7)) {
              case 0, 1, 2 -> {
                EncodedBatch batch = EncodedSpans.of(spans(random));
                backlog.add(batch, 0);
                List<String> names = EncodedBatches.names(batch);
                // A record has each resource once.
                waiting.addAll(
                    names.stream()
                        .sorted(
                            Comparator.comparing(name -> service(name) != service(names.get(0))))
                        .toList());
                batch.release();
              }
              case 3, 4 -> {
                EncodedBatch first = backlog.first();
                if (first != null) {
                  EncodedBatch part = backlog.takeFirst(1 + random.nextInt(first.size()));
                  List<String> taken = waiting.subList(0, part.size());
                  assertThat(EncodedBatches.names(part)).isEqualTo(taken);
                  underWay.addAll(taken);
                  taken.clear();
                  part.release();
                }
              }
              case 5 -> {
                int settled = random.nextInt(underWay.size() + 1);
                backlog.settled(settled);
                underWay.subList(0, settled).clear();
              }
              default -> {
                backlog.close();
                backlog = open(place);
                waiting.addAll(0, underWay);
                underWay.clear();
              }
            }
            assertThat(backlog.spans()).isEqualTo(waiting.size());
            assertThat(backlog.takeLost()).isZero();
          }
          backlog.close();
        });
  }

  private static int service(String name) {
    return Integer.parseInt(name.substring("span-".length())) % 2;
  }
}
