// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.monitor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalDouble;

/** What the kernel and Java say of this very process. */
final class OwnProcess {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";

  private OwnProcess() {}

  /** CPU time that it has used. */
  static OptionalDouble cpuSeconds() {
    return ProcessHandle.current()
        .info()
        .totalCpuDuration()
        .map(used -> OptionalDouble.of(used.toNanos() / 1e9))
        .orElse(OptionalDouble.empty());
  }

  /** Bytes of physical memory; proc(5). */
  static Optional<Long> residentBytes() {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith(RESIDENT))
          .findFirst()
          .map(
              line ->
                  Long.parseLong(line.substring(RESIDENT.length()).replace("kB", "").strip())
                      * 1024);
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Bytes of the Java heap in use. */
  static long heapBytes() {
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
