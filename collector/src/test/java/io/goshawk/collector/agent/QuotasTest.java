// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.Counters;
import io.goshawk.abi.RecordType;
import io.goshawk.collector.agent.QuotaSettings.Rate;
import io.goshawk.collector.testing.LogLines;
import io.goshawk.config.component.GoshawkReceiverConfig;
import io.goshawk.config.schema.Key;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class QuotasTest {
  private static final int HTTP = RecordType.RECORD_HTTP_SERVER.value();
  private static final int SQL = RecordType.RECORD_SQL.value();
  private static final long ANY = Long.MAX_VALUE;

  @RegisterExtension final LogLines log = new LogLines(Quotas.class.getName());

  private long now = Long.MAX_VALUE - 5;

  private Quotas quotas(Rate process, Map<RecordType, Rate> rows) {
    return new Quotas(new QuotaSettings(process, rows), () -> now);
  }

  private static long taken(Quotas quotas, int pid, int type, int bytes, int records) {
    long taken = 0;
    for (int i = 0; i < records; i++) {
      if (quotas.refuses(pid, type, bytes) == null) {
        taken++;
      }
    }
    return taken;
  }

  @Test
  void everyRowThatMakesSpansMayHaveOne() {
    assertThat(QuotaSettings.RECORDS.values())
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(RecordType.values()).filter(Counters::areSpans).toList());
    assertThat(QuotaSettings.RECORDS.keySet())
        .containsExactlyInAnyOrderElementsOf(
            GoshawkReceiverConfig.Quotas.ROWS.stream().map(Key::name).toList());
  }

  @Test
  void withoutQuotasNothingIsRefused() {
    Quotas quotas = quotas(Rate.ANY, Map.of());
    assertThat(taken(quotas, 1, HTTP, 1 << 20, 100_000)).isEqualTo(100_000);
  }

  /** Also where the clock's numbers go round, as those of System.nanoTime() may. */
  @Test
  void aProcessHasASecondsWorthAtOnceAndThenItsRate() {
    Quotas quotas = quotas(new Rate(100, ANY), Map.of());
    assertThat(taken(quotas, 1, HTTP, 500, 1000)).isEqualTo(100);
    assertThat(quotas.refuses(1, HTTP, 500)).isEqualTo("over the quota of spans");
    assertThat(taken(quotas, 2, HTTP, 500, 1000)).as("another process").isEqualTo(100);
    now += TimeUnit.MILLISECONDS.toNanos(250);
    assertThat(taken(quotas, 1, HTTP, 500, 1000)).isEqualTo(25);
    now += TimeUnit.HOURS.toNanos(1);
    assertThat(taken(quotas, 1, HTTP, 500, 1000)).as("no more than a second's").isEqualTo(100);
  }

  @Test
  void overTimeItIsTheRateHoweverRecordsCome() {
    Quotas quotas = quotas(new Rate(1000, ANY), Map.of());
    taken(quotas, 1, HTTP, 500, 5000);
    long taken = 0;
    for (int i = 0; i < 100_000; i++) {
      now += TimeUnit.MICROSECONDS.toNanos(137);
      taken += taken(quotas, 1, HTTP, 500, 1);
    }
    assertThat(taken).isBetween(13_699L, 13_701L);
  }

  @Test
  void recordsLargerThanASecondsWorthComeThroughAtTheRate() {
    Quotas quotas = quotas(new Rate(ANY, 1000), Map.of());
    assertThat(quotas.refuses(1, SQL, 5000)).isNull();
    assertThat(quotas.refuses(1, SQL, 10)).isEqualTo("over the quota of bytes");
    now += TimeUnit.SECONDS.toNanos(4);
    assertThat(quotas.refuses(1, SQL, 10)).as("4,000 bytes are owed").isNotNull();
    now += TimeUnit.MILLISECONDS.toNanos(1);
    assertThat(quotas.refuses(1, SQL, 10)).isNull();
  }

  @Test
  void aRowOverItsQuotaTakesNothingFromTheOthers() {
    Quotas quotas =
        quotas(new Rate(100, ANY), Map.of(RecordType.RECORD_SQL, new Rate(10, 100_000)));
    assertThat(taken(quotas, 1, SQL, 500, 1000)).isEqualTo(10);
    assertThat(taken(quotas, 1, HTTP, 500, 1000)).as("what is left of 100").isEqualTo(90);
  }

  @Test
  void otherQuotasCountAtOnce() {
    Quotas quotas = quotas(new Rate(10, ANY), Map.of());
    taken(quotas, 1, HTTP, 500, 1000);
    quotas.change(new QuotaSettings(new Rate(20, ANY), Map.of()));
    assertThat(taken(quotas, 1, HTTP, 500, 1000)).isEqualTo(20);
    quotas.change(QuotaSettings.NONE);
    assertThat(taken(quotas, 1, HTTP, 500, 1000)).isEqualTo(1000);
  }

  @Test
  void whoIsOverIsSaidAtOnceAndThenOnceAMinute() {
    Quotas quotas = quotas(new Rate(1, ANY), Map.of());
    quotas.refused(7, SQL, "cart", Quotas.SPANS);
    quotas.refused(7, SQL, "cart", Quotas.SPANS);
    quotas.tell();
    now += TimeUnit.SECONDS.toNanos(30);
    quotas.refused(7, SQL, "cart", Quotas.SPANS);
    quotas.tell();
    now += TimeUnit.SECONDS.toNanos(31);
    quotas.tell();
    quotas.refused(9, HTTP, null, Quotas.BYTES);
    quotas.tell();
    assertThat(log.lines())
        .containsExactly(
            "WARNING process 7 (cart): sql over the quota of spans, refused 2 spans",
            "WARNING process 7 (cart): sql over the quota of spans; process 9: http server over the"
                + " quota of bytes, refused 1 span (and 1 since)");
  }
}
