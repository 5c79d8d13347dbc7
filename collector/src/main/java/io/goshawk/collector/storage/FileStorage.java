// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.storage;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Factories;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.pipeline.Backlog;
import io.goshawk.collector.pipeline.BacklogStorage;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.FileStorageConfig;
import io.goshawk.config.component.Signal;
import io.goshawk.config.schema.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The extension {@code file_storage}: a folder with one below it for each exporter's queue, which
 * no other process uses meanwhile.
 */
public final class FileStorage implements BacklogStorage {
  private static final Logger LOGGER = Logger.getLogger("io.goshawk.storage");

  /** Small enough for the disk to get room back soon, large enough not to be felt. */
  private static final long SEGMENT_BYTES = 4 << 20;

  private final ComponentContext context;
  private final Path directory;
  private final boolean create;
  private final boolean sync;
  private final Duration timeout;
  private @Nullable FolderLock lock;

  public FileStorage(ComponentContext context, Settings settings) {
    this.context = context;
    directory = Path.of(settings.get(FileStorageConfig.DIRECTORY));
    create = settings.get(FileStorageConfig.CREATE_DIRECTORY);
    sync = settings.get(FileStorageConfig.FSYNC);
    timeout = settings.get(FileStorageConfig.TIMEOUT);
  }

  /** Lists its factory. */
  public static void register(Factories.Builder factories) {
    factories.extension("file_storage", FileStorage::new);
  }

  @Override
  public void start() throws StartException {
    try {
      if (create) {
        Files.createDirectories(directory);
      } else if (!Files.isDirectory(directory)) {
        throw new StartException(
            context.id() + ": " + directory + " is no folder; make it, or set create_directory");
      }
      lock = FolderLock.take(directory, timeout);
    } catch (IOException e) {
      throw new StartException(context.id() + ": " + said(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartException(context.id() + ": interrupted", e);
    }
  }

  @Override
  public Backlog open(ComponentId exporter, Signal signal) throws StartException {
    // Those of traces have no signal in their names since there were such of traces only.
    String kind = signal == Signal.TRACES ? "exporter_" : signal + "_exporter_";
    Path folder = directory.resolve(kind + fileName(exporter.toString()));
    try {
      SegmentLog log = SegmentLog.open(folder, SEGMENT_BYTES, sync);
      if (log.torn() > 0) {
        LOGGER.log(
            Level.INFO,
            "{0}: {1} bytes of a batch that was being written when the agent ended are left out",
            new Object[] {exporter, Long.toString(log.torn())});
      }
      return new FileBacklog(exporter.toString(), signal, log, context.nanoClock());
    } catch (IOException e) {
      throw new StartException(exporter + ": its queue on disk cannot be used: " + said(e), e);
    }
  }

  /** Its message is often the file's name alone. */
  private static String said(IOException e) {
    return e.getClass() == IOException.class || e instanceof Segment.OtherFormatException
        ? String.valueOf(e.getMessage())
        : e.toString();
  }

  /** A name that no other component has, with nothing in it that means something in a path. */
  private static String fileName(String id) {
    StringBuilder name = new StringBuilder();
    id.chars()
        .forEach(
            c -> {
              if (c < 128 && (Character.isLetterOrDigit(c) || c == '_' || c == '-')) {
                name.append((char) c);
              } else {
                name.append('%').append("%04x".formatted(c));
              }
            });
    return name.toString();
  }

  @Override
  public void stop(Duration limit) {
    if (lock != null) {
      try {
        lock.close();
      } catch (IOException e) {
        LOGGER.log(Level.WARNING, "{0}: {1}", new Object[] {context.id(), e.getMessage()});
      }
    }
  }
}
