// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Types;
import java.time.Duration;

/** The extension {@code file_storage}. */
public final class FileStorageConfig {
  public static final Key<String> DIRECTORY =
      Key.of("directory", Types.path(), "The folder, which no other agent may use.")
          .or("/var/lib/goshawk/file_storage");
  public static final Key<Boolean> CREATE_DIRECTORY =
      Key.of("create_directory", Types.bool(), "Make the folder if there is none.").or("false");
  public static final Key<Boolean> FSYNC =
      Key.of(
              "fsync",
              Types.bool(),
              "Wait for the disk at every write, so that spans survive the machine's end and not"
                  + " just the agent's.")
          .or("false");
  public static final Key<Duration> TIMEOUT =
      Key.of("timeout", Types.duration(), "How long to wait for another agent to let go of it.")
          .or("1s");

  static final Declaration DECLARATION =
      Declaration.extension(
          "file_storage",
          Section.of(
              DIRECTORY,
              CREATE_DIRECTORY,
              FSYNC,
              TIMEOUT,
              NotYet.tuning("compaction"),
              NotYet.key("create_directory_permissions"),
              NotYet.tuning("recreate")),
          "Keeps sending queues on disk, for exporters whose sending_queue::storage names it.",
          """
          directory: /var/lib/goshawk/queue
          create_directory: true
          """);

  private FileStorageConfig() {}
}
