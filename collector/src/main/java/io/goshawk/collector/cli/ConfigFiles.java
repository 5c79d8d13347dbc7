// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/** The files that a configuration was read from, looked at now and then. */
final class ConfigFiles {
  private static final long LOOK_MILLIS = 1_000;
  private static final String FILE_SCHEME = "file:";

  private final List<Path> files = new ArrayList<>();
  private List<String> seen;

  /**
   * The files among the sources.
   *
   * @param sources as {@code --config} has them
   */
  ConfigFiles(List<String> sources) {
    for (String source : sources) {
      String path =
          source.startsWith(FILE_SCHEME) ? source.substring(FILE_SCHEME.length()) : source;
      try {
        if (Files.exists(Path.of(path))) {
          files.add(Path.of(path));
        }
      } catch (InvalidPathException e) {
        // A text, which does not change.
        continue;
      }
    }
    seen = look();
  }

  /** What tells that a file is another: also where one takes the place of the other. */
  private List<String> look() {
    List<String> states = new ArrayList<>();
    for (Path file : files) {
      try {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        states.add(now.fileKey() + " " + now.size() + " " + now.lastModifiedTime());
      } catch (IOException e) {
        states.add("gone");
      }
    }
    return states;
  }

  /**
   * Waits until a file has changed, or somebody asks.
   *
   * @param end which is waited for besides
   * @param asked set by who asks, and reset here
   * @return whether the end came instead
   */
  boolean awaitChange(CompletableFuture<?> end, AtomicBoolean asked) throws InterruptedException {
    while (true) {
      try {
        end.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        return true;
      } catch (ExecutionException e) {
        return true;
      } catch (TimeoutException e) {
        List<String> now = look();
        boolean changed = !now.equals(seen) && !now.contains("gone");
        boolean wanted = asked.getAndSet(false);
        if (changed || wanted) {
          seen = now;
          return false;
        }
      }
    }
  }
}
