// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.log;

import io.goshawk.loader.text.JsonText;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;

/** One JSON object per line, with the Collector's keys: {@code ts}, {@code level}, {@code msg}. */
final class JsonLogFormatter extends Formatter {

  @Override
  public String format(LogRecord record) {
    StringBuilder line = new StringBuilder(200);
    line.append("{\"ts\":\"")
        .append(record.getInstant().truncatedTo(ChronoUnit.MILLIS).atOffset(ZoneOffset.UTC))
        .append("\",\"level\":\"")
        .append(Logging.levelName(record.getLevel()))
        .append("\",\"logger\":");
    JsonText.quote(line, String.valueOf(record.getLoggerName()));
    line.append(",\"msg\":");
    JsonText.quote(line, formatMessage(record));
    Throwable thrown = record.getThrown();
    if (thrown != null) {
      line.append(",\"error\":");
      JsonText.quote(line, TextLogFormatter.reason(thrown));
      if (TextLogFormatter.isUnexpected(thrown, record)) {
        line.append(",\"stacktrace\":");
        JsonText.quote(line, TextLogFormatter.stack(thrown));
      }
    }
    return line.append('}').append(System.lineSeparator()).toString();
  }
}
