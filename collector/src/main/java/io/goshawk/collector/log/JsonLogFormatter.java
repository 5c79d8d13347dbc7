package io.goshawk.collector.log;

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
    quote(line, String.valueOf(record.getLoggerName()));
    line.append(",\"msg\":");
    quote(line, formatMessage(record));
    Throwable thrown = record.getThrown();
    if (thrown != null) {
      line.append(",\"error\":");
      quote(line, TextLogFormatter.reason(thrown));
      if (TextLogFormatter.isUnexpected(thrown, record)) {
        line.append(",\"stacktrace\":");
        quote(line, TextLogFormatter.stack(thrown));
      }
    }
    return line.append('}').append(System.lineSeparator()).toString();
  }

  private static void quote(StringBuilder to, String text) {
    to.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> to.append("\\\"");
        case '\\' -> to.append("\\\\");
        case '\n' -> to.append("\\n");
        case '\r' -> to.append("\\r");
        case '\t' -> to.append("\\t");
        default -> {
          if (c < 0x20 || Character.isSurrogate(c) && !paired(text, i)) {
            to.append(String.format("\\u%04x", (int) c));
          } else {
            to.append(c);
          }
        }
      }
    }
    to.append('"');
  }

  private static boolean paired(String text, int index) {
    char c = text.charAt(index);
    return Character.isHighSurrogate(c)
        ? index + 1 < text.length() && Character.isLowSurrogate(text.charAt(index + 1))
        : index > 0 && Character.isHighSurrogate(text.charAt(index - 1));
  }
}
