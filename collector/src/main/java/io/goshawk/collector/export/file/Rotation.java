// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.file;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * When a file is set aside and a new one begun. Files that were set aside are named and removed as
 * lumberjack does, which the Collector's file exporter uses: {@code traces.jsonl} becomes {@code
 * traces-2026-11-29T14-57-01.453.jsonl}.
 *
 * @param maxBytes the size at which a file is set aside, behind the line that reaches it
 * @param maxAge of files that were set aside; zero for any
 * @param maxBackups the most of them that are kept; 0 for all
 * @param clock names them, by its zone
 */
public record Rotation(long maxBytes, Duration maxAge, int maxBackups, Clock clock) {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss.SSS", Locale.ROOT);

  /** A file that was set aside. */
  private record Backup(Path file, LocalDateTime when) {}

  /** Sets the file aside, and removes what is too old or too much. */
  void rotate(Path file) throws IOException {
    Files.move(file, backup(file));
    prune(file);
  }

  /** A name that is free: several may be set aside within a millisecond. */
  private Path backup(Path file) {
    Instant when = clock.instant();
    Path backup;
    do {
      backup =
          file.resolveSibling(
              stem(file) + "-" + STAMP.format(when.atZone(clock.getZone())) + extension(file));
      when = when.plusMillis(1);
    } while (Files.exists(backup));
    return backup;
  }

  private void prune(Path file) throws IOException {
    List<Backup> backups = backups(file);
    backups.sort(Comparator.comparing(Backup::when).reversed());
    LocalDateTime oldest = LocalDateTime.ofInstant(clock.instant().minus(maxAge), clock.getZone());
    for (int i = 0; i < backups.size(); i++) {
      boolean tooMany = maxBackups > 0 && i >= maxBackups;
      boolean tooOld = !maxAge.isZero() && backups.get(i).when().isBefore(oldest);
      if (tooMany || tooOld) {
        Files.deleteIfExists(backups.get(i).file());
      }
    }
  }

  private static List<Backup> backups(Path file) throws IOException {
    List<Backup> backups = new ArrayList<>();
    Path folder = file.toAbsolutePath().getParent();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path other : files) {
        when(file, other).ifPresent(stamp -> backups.add(new Backup(other, stamp)));
      }
    }
    return backups;
  }

  /** When the other was set aside, if it is one that was made of this one. */
  private static Optional<LocalDateTime> when(Path file, Path other) {
    String name = other.getFileName().toString();
    String before = stem(file) + "-";
    String after = extension(file);
    if (!name.startsWith(before)
        || !name.endsWith(after)
        || name.length() < before.length() + after.length()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          LocalDateTime.parse(
              name.substring(before.length(), name.length() - after.length()), STAMP));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static String stem(Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, name.length() - extension(file).length());
  }

  /** With its dot; empty if there is none. */
  private static String extension(Path file) {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot < 0 ? "" : name.substring(dot);
  }
}
