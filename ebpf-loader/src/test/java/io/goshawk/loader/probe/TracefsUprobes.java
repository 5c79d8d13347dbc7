// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/** Counts hits of instructions by the kernel's own uprobe events, without any program of ours. */
final class TracefsUprobes implements AutoCloseable {

  private static final Path TRACEFS = Path.of("/sys/kernel/tracing");
  private static int groups;

  private final String group = "goshawk_" + ProcessHandle.current().pid() + "_" + groups++;
  private final Map<String, Long> offsets = new LinkedHashMap<>();
  private final Path file;
  private boolean attached;

  TracefsUprobes(Path file) {
    this.file = file.toAbsolutePath();
  }

  /** Adds an instruction under a name of letters and digits. */
  TracefsUprobes at(String name, long fileOffset) {
    offsets.put(name, fileOffset);
    return this;
  }

  TracefsUprobes attach() throws IOException {
    attached = true;
    for (Map.Entry<String, Long> probe : offsets.entrySet()) {
      write(
          "uprobe_events",
          "p:%s/%s %s:0x%x".formatted(group, event(probe.getKey()), file, probe.getValue()));
    }
    write("events/" + group + "/enable", "1");
    return this;
  }

  /** Hits so far, by name. */
  Map<String, Long> hits() throws IOException {
    Map<String, Long> hits = new LinkedHashMap<>();
    for (String line : Files.readAllLines(TRACEFS.resolve("uprobe_profile"))) {
      String[] words = line.strip().split("\\s+");
      for (String name : offsets.keySet()) {
        if (words.length == 3 && words[1].equals(event(name))) {
          hits.put(name, Long.parseLong(words[2]));
        }
      }
    }
    return hits;
  }

  private String event(String name) {
    return group + "_" + name;
  }

  private static void write(String path, String line) throws IOException {
    Files.writeString(TRACEFS.resolve(path), line + "\n", StandardOpenOption.APPEND);
  }

  @Override
  public void close() throws IOException {
    if (attached) {
      write("events/" + group + "/enable", "0");
      for (String name : offsets.keySet()) {
        write("uprobe_events", "-:" + group + "/" + event(name));
      }
    }
  }
}
