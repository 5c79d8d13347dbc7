// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.ChildProcess;
import io.goshawk.tests.process.Repository;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The clock is set, or the machine sleeps, while requests are traced. The machine's own clock is
 * left alone: a library between the agent and its C library shows it one that is ahead by what a
 * file says.
 */
@Timeout(120)
class ClockTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Pattern TIMES =
      Pattern.compile("\"startTimeUnixNano\":\"(\\d+)\",\"endTimeUnixNano\":\"(\\d+)\"");

  /** CLOCK_REALTIME and CLOCK_BOOTTIME of time(7), in the order in which the file has them. */
  private static final String SHIFTED_CLOCKS =
      """
      #define _GNU_SOURCE
      #include <dlfcn.h>
      #include <fcntl.h>
      #include <stdlib.h>
      #include <time.h>
      #include <unistd.h>

      static int (*real)(clockid_t, struct timespec *);
      static int shifts = -1;

      __attribute__((constructor)) static void begin(void) {
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
        shifts = open(getenv("CLOCK_SHIFTS"), O_RDONLY | O_CLOEXEC);
      }

      int clock_gettime(clockid_t clock, struct timespec *time) {
        int result = real(clock, time);
        long long seconds[2] = {0, 0};

        if (clock != CLOCK_REALTIME && clock != CLOCK_BOOTTIME)
          return result;
        pread(shifts, seconds, sizeof seconds, 0);
        time->tv_sec += seconds[clock == CLOCK_BOOTTIME];
        return result;
      }
      """;

  private final Path folder = Repository.scratch("clock");
  private final Path shifts = folder.resolve("shifts");

  @Test
  void spansFollowAClockThatIsSetForwardAndBack() throws Exception {
    List<Long> shifted =
        shiftsOf(
            List.of(
                new Day(3600, 0, "the clock was set by 3600000 ms"),
                new Day(-7200, 0, "the clock was set by -10800000 ms")));
    assertThat(shifted).containsExactly(0L, 3600L, -7200L);
  }

  @Test
  void spansFollowAMachineThatSlept() throws Exception {
    List<Long> shifted =
        shiftsOf(List.of(new Day(600, 600, "stood while the machine slept for 600000 ms")));
    assertThat(shifted).containsExactly(0L, 600L);
  }

  /** What happens to the clocks, and what the agent says of it. */
  private record Day(long realtimeSeconds, long boottimeSeconds, String said) {}

  /** By how much the time of one request each differs from the machine's, before and after. */
  private List<Long> shiftsOf(List<Day> days) throws IOException {
    Path spans = folder.resolve("spans.jsonl");
    shift(0, 0);
    Map<String, String> environment =
        Map.of(
            "LD_PRELOAD",
            Compiler.library(folder, "clocks", SHIFTED_CLOCKS).toString(),
            "CLOCK_SHIFTS",
            shifts.toString());
    List<Long> asked = new ArrayList<>();
    try (Service service = Service.start(folder);
        ChildProcess agent = Ended.startTracing(folder, List.of(), environment, service, spans)) {
      asked.add(ask(service));
      for (Day day : days) {
        shift(day.realtimeSeconds, day.boottimeSeconds);
        agent.awaitErrors(Pattern.quote(day.said));
        asked.add(ask(service));
      }
      Ended ended = Ended.of(agent, agent.terminate(LIMIT));
      assertThat(ended.status()).as(ended.errors()).isZero();
      assertThat(ended.errors()).contains("adds up: every request");
    }
    return differences(SpanFile.read(spans), asked);
  }

  private static long ask(Service service) {
    long now = System.currentTimeMillis();
    service.get("/slow/1");
    return now;
  }

  /** In whole seconds, of which the request itself takes no half. */
  private static List<Long> differences(String json, List<Long> askedMillis) {
    List<Long> differences = new ArrayList<>();
    Matcher times = TIMES.matcher(json);
    while (times.find()) {
      long start = Long.parseLong(times.group(1));
      long end = Long.parseLong(times.group(2));
      assertThat(end - start).as("duration").isBetween(1_000_000L, 10_000_000_000L);
      long asked = askedMillis.get(differences.size());
      differences.add(Math.round((start / 1e6 - asked) / 1e3));
    }
    return differences;
  }

  private void shift(long realtimeSeconds, long boottimeSeconds) throws IOException {
    ByteBuffer seconds = ByteBuffer.allocate(16).order(ByteOrder.nativeOrder());
    // In one piece, and never cut off: it is being read.
    Files.write(
        shifts,
        seconds.putLong(realtimeSeconds).putLong(boottimeSeconds).array(),
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE);
  }
}
