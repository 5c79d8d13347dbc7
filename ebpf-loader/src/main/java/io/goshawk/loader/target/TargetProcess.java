package io.goshawk.loader.target;

/**
 * A process at one moment of its life.
 *
 * @param pid process id (thread group id)
 * @param parentPid of the process that started it
 * @param startTicks clock ticks from boot to its start; with the pid, what tells it from a later
 *     process that was given the same pid
 * @param executable path of its binary when it was started, without the mark of a deleted file
 * @param executableDeleted the binary was removed or replaced since
 * @param binary the file it runs
 */
public record TargetProcess(
    int pid,
    int parentPid,
    long startTicks,
    String executable,
    boolean executableDeleted,
    BinaryIdentity binary) {

  /** Whether the other is this process, possibly after it executed another binary. */
  public boolean sameLifeAs(TargetProcess other) {
    return pid == other.pid && startTicks == other.startTicks;
  }
}
