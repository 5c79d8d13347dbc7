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
import java.util.Optional;
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

  /**
   * A heading with the time where the counting goes on.
   *
   * @param times of who makes spans, if somebody does
   */
  void print(LedgerSnapshot counts, Optional<TimeBase.Report> times) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    Optional<Double> boundMicros = times.map(report -> report.worstErrorBoundNanos() / 1e3);
    if (format == Logging.Format.JSON) {
      err.printf(
          Locale.ROOT,
          "{\"ts\":\"%s\",\"level\":\"info\",\"msg\":\"summary\",\"summary\":%s%s}%n",
          now,
          counts.json(),
          boundMicros
              .map(bound -> String.format(Locale.ROOT, ",\"times_right_to_micros\":%.1f", bound))
              .orElse(""));
    } else {
      if (!counts.atRest()) {
        err.println("counted until " + now + ", still tracing:");
      }
      err.println(counts.text());
      boundMicros.ifPresent(
          bound ->
              err.printf(Locale.ROOT, "times are right to within              %12.1f µs%n", bound));
    }
    err.flush();
  }

  /** Whether every span that was made arrived everywhere it was to. */
  static boolean everythingDelivered(LedgerSnapshot counts) {
    return counts.exporters().stream()
        .allMatch(exporter -> exporter.exported() == exporter.received());
  }
}
