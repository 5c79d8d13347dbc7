package io.goshawk.collector.agent;

import io.goshawk.loader.target.BinaryIdentity;
import java.nio.file.Path;

/** Puts probes into binaries and takes them out. For the control thread. */
interface BinaryProbes {

  /** What came of the wish to put probes into a binary. */
  sealed interface Outcome {

    /** They are there. */
    record Attached(TracedBinary binary) implements Outcome {}

    /**
     * There is nothing to attach to, or no way.
     *
     * @param reason for the user, with the mend where one is known
     * @param wanting false if there is nothing in the binary to trace: no Go program, or one
     *     without a server, which is no news about the shell and the compiler that a command starts
     */
    record Impossible(String reason, boolean wanting) implements Outcome {}
  }

  /**
   * Analyses the binary and attaches.
   *
   * @param path leads to the file now: {@code /proc/PID/exe}, or a path that is about to be
   *     executed
   * @param name what the user calls it
   */
  Outcome attach(Path path, String name, BinaryIdentity identity);

  /** Takes all probes out. */
  void detach(TracedBinary binary);

  /**
   * Puts the probes of a row back that has a {@link RowPolicy}.
   *
   * @param path leads to the file now
   */
  void attachRow(TracedBinary binary, DetachableRow row, Path path);

  /** Takes the probes of such a row out. */
  void detachRow(TracedBinary binary, DetachableRow row);
}
