// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import java.time.Duration;
import java.util.Set;

/** The exporter {@code file}. */
public final class FileExporterConfig {

  /** {@code rotation}. */
  public static final class Rotation {
    public static final Key<Long> MAX_MEGABYTES =
        Key.of(
                "max_megabytes",
                Types.whole(1, 1 << 20),
                "The size at which the file is set aside and a new one begun.")
            .or("100");
    public static final Key<Long> MAX_DAYS =
        Key.of("max_days", Types.count(), "Older files are removed; 0 for never.").or("0");
    public static final Key<Long> MAX_BACKUPS =
        Key.of("max_backups", Types.count(), "The most files that are kept; 0 for all.").or("100");
    public static final Key<Boolean> LOCALTIME =
        Key.of("localtime", Types.bool(), "Name files by local time instead of UTC.").or("false");

    private Rotation() {}
  }

  public static final Key<String> PATH =
      Key.of("path", Types.path(), "The file; - for standard output.").mandatory();
  public static final Key<Settings> ROTATION =
      Key.of(
          "rotation",
          Types.optionalSection(
              Section.of(
                  Rotation.MAX_MEGABYTES,
                  Rotation.MAX_DAYS,
                  Rotation.MAX_BACKUPS,
                  Rotation.LOCALTIME)),
          "Begin a new file now and then; without it the file grows.");
  public static final Key<String> FORMAT =
      Key.of("format", Types.word("json"), "One TracesData a line, in OTLP/JSON.").or("json");
  public static final Key<Boolean> APPEND =
      Key.of("append", Types.bool(), "Go on with a file that is there, instead of starting anew.")
          .or("false");
  public static final Key<Duration> FLUSH_INTERVAL =
      Key.of("flush_interval", Types.duration(), "How long a line may wait to be written.")
          .or("1s");
  public static final Key<Boolean> CREATE_DIRECTORY =
      Key.of("create_directory", Types.bool(), "Make the file's folder if there is none.")
          .or("false");

  static final Declaration DECLARATION =
      Declaration.exporter(
          "file",
          Set.of(Signal.TRACES, Signal.METRICS),
          Section.of(
                  PATH,
                  ROTATION,
                  FORMAT,
                  APPEND,
                  FLUSH_INTERVAL,
                  CREATE_DIRECTORY,
                  QueueConfig.SENDING_QUEUE,
                  NotYet.key("compression"),
                  NotYet.key("encoding"),
                  NotYet.key("group_by"),
                  NotYet.key("directory_permissions"))
              .check(
                  (settings, at) -> {
                    if (settings.get(PATH).isEmpty()) {
                      at.member(PATH.name()).error(settings.origin(PATH), "is empty");
                    }
                    if (settings.get(PATH).equals("-") && settings.says(ROTATION)) {
                      at.member(ROTATION.name())
                          .error(settings.origin(ROTATION), "cannot be of standard output");
                    }
                    if (settings.get(APPEND) && settings.says(ROTATION)) {
                      at.member(APPEND.name())
                          .error(settings.origin(APPEND), "cannot be together with rotation");
                    }
                  }),
          "Writes OTLP/JSON, which the Collector's otlpjsonfile receiver reads back.",
          """
          path: /var/log/goshawk/traces.jsonl
          rotation:
            max_megabytes: 50
            max_backups: 10
          """);

  private FileExporterConfig() {}
}
