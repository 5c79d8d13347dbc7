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
     * @param goProgram false if the binary is no Go program at all, which is no news about a shell
     *     that starts one
     */
    record Impossible(String reason, boolean goProgram) implements Outcome {}
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
   * Puts the probe of {@link RouteProbePolicy} back.
   *
   * @param path leads to the file now
   */
  void attachRouteProbe(TracedBinary binary, Path path);

  /** Takes the probe of {@link RouteProbePolicy} out. */
  void detachRouteProbe(TracedBinary binary);
}
