// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.collector.ledger.LedgerSnapshot;
import io.goshawk.collector.log.Logging;
import io.goshawk.spans.time.TimeBase;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;

/** What was counted, on standard error: at the end, and when somebody asks in between. */
final class Summaries {

  private final PrintWriter err;
  private final Logging.Format format;
  private final Clock clock;

  Summaries(CommandSpec spec) {
    this(
        spec.commandLine().getErr(),
        ((GoshawkCommand) spec.root().userObject()).log.format,
        Clock.systemUTC());
  }

  Summaries(PrintWriter err, Logging.Format format, Clock clock) {
    this.err = err;
    this.format = format;
    this.clock = clock;
  }

  /** A heading with the time where the counting goes on. */
  void print(LedgerSnapshot counts, TimeBase.Report times) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    double boundMicros = times.worstErrorBoundNanos() / 1e3;
    if (format == Logging.Format.JSON) {
      err.printf(
          Locale.ROOT,
          "{\"ts\":\"%s\",\"level\":\"info\",\"msg\":\"summary\",\"summary\":%s,"
              + "\"times_right_to_micros\":%.1f}%n",
          now,
          counts.json(),
          boundMicros);
    } else {
      if (!counts.atRest()) {
        err.println("counted until " + now + ", still tracing:");
      }
      err.println(counts.text());
      err.printf(Locale.ROOT, "times are right to within              %12.1f µs%n", boundMicros);
    }
    err.flush();
  }

  /** Whether every span that was made arrived everywhere it was to. */
  static boolean everythingDelivered(LedgerSnapshot counts) {
    return counts.exporters().stream()
        .allMatch(exporter -> exporter.exported() == exporter.received());
  }
}
