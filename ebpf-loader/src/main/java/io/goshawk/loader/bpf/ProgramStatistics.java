// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import com.sun.jna.Memory;

/**
 * Has the kernel count the runs of eBPF programs and take their time, of all programs on the
 * machine, until it is closed. Each run takes some tens of nanoseconds longer meanwhile. Since
 * Linux 5.8; it takes CAP_SYS_ADMIN.
 */
public final class ProgramStatistics implements AutoCloseable {

  /**
   * What was counted of a program while anybody had statistics on.
   *
   * @param runs how often it ran
   * @param nanos how long that took, without the trap that leads to it
   */
  public record Runs(long runs, long nanos) {

    /** What came after an earlier count. */
    public Runs since(Runs before) {
      return new Runs(runs - before.runs, nanos - before.nanos);
    }
  }

  private final int fd;
  private boolean closed;

  private ProgramStatistics(int fd) {
    this.fd = fd;
  }

  /**
   * Turns them on.
   *
   * @throws BpfException if the kernel refuses
   */
  public static ProgramStatistics on() {
    try (Memory attributes = BpfSystemCall.attributes(BpfSystemCall.EnableStats.SIZE)) {
      attributes.setInt(BpfSystemCall.EnableStats.TYPE, BpfSystemCall.EnableStats.RUN_TIME);
      int fd = BpfSystemCall.call(BpfSystemCall.ENABLE_STATS, attributes);
      if (fd < 0) {
        throw BpfException.of("counting the runs of programs", -fd, "");
      }
      return new ProgramStatistics(fd);
    }
  }

  /**
   * What was counted of a program until now.
   *
   * @throws BpfException if the kernel does not tell
   */
  static Runs of(BpfProgram program) {
    try (Memory attributes = BpfSystemCall.attributes(BpfSystemCall.ObjectInfo.SIZE);
        Memory info = BpfSystemCall.attributes(BpfSystemCall.ProgramInfo.SIZE)) {
      attributes.setInt(BpfSystemCall.ObjectInfo.FD, program.fd());
      attributes.setInt(BpfSystemCall.ObjectInfo.LENGTH, BpfSystemCall.ProgramInfo.SIZE);
      attributes.setPointer(BpfSystemCall.ObjectInfo.INFO, info);
      int error = BpfSystemCall.call(BpfSystemCall.OBJ_GET_INFO_BY_FD, attributes);
      if (error < 0) {
        throw BpfException.of("asking for the runs of " + program.name(), -error, "");
      }
      return new Runs(
          info.getLong(BpfSystemCall.ProgramInfo.RUN_COUNT),
          info.getLong(BpfSystemCall.ProgramInfo.RUN_TIME_NANOS));
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      LibC.close(fd);
    }
  }
}
