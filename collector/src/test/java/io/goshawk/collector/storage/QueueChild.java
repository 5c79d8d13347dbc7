// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.storage;

import io.goshawk.collector.pipeline.Backlog;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedBatches;
import io.goshawk.config.component.Signal;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

/**
 * A process with a queue on disk, to be killed: it says of each batch that it was kept, and of each
 * request that it was delivered, and then settles it. Arguments: folder, first number, seed, and
 * how many batches at most.
 */
final class QueueChild {
  private QueueChild() {}

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    int number = Integer.parseInt(arguments[1]);
    SplittableRandom random = new SplittableRandom(Long.parseLong(arguments[2]));
    int end = number + Integer.parseInt(arguments[3]);
    Backlog backlog =
        new FileBacklog(
            "child", Signal.TRACES, SegmentLog.open(folder, 20_000, false), System::nanoTime);
    System.out.println("restored " + backlog.spans());
    while (number < end || backlog.spans() > 0) {
      if (number < end && random.nextInt(3) > 0) {
        int first = number++;
        int count = 1 + random.nextInt(4);
        EncodedBatch batch =
            EncodedBatches.batch(
                "shop",
                count,
                span -> span.setName(first + "." + span.getName().substring("span ".length())));
        backlog.add(batch, System.nanoTime());
        System.out.println("kept " + names(batch));
      } else {
        EncodedBatch request = backlog.take(1 + random.nextInt(9), 1 << 20);
        if (request != null) {
          System.out.println("delivered " + names(request));
          int size = request.size();
          if (size > 1 && random.nextInt(4) == 0) {
            // As of a request that was too large.
            backlog.settled(size / 2);
            backlog.settled(size - size / 2);
          } else {
            backlog.settled(size);
          }
        }
      }
    }
    System.out.println("done");
  }

  private static String names(EncodedBatch batch) {
    List<Span> spans = EncodedBatches.spans(batch);
    return spans.stream().map(Span::getName).collect(Collectors.joining(" "));
  }
}
