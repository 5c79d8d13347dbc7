// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.RecordType;
import io.goshawk.loader.file.ExecutableFile;
import io.goshawk.loader.probe.ProbePlan;
import io.goshawk.loader.target.BinaryIdentity;
import io.goshawk.spans.resource.TargetProcess.GoBuild;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Puts probes into binaries and takes them out. For the control thread, which also completes the
 * futures.
 */
interface BinaryProbes {

  /** What came of the wish to put probes into a binary. */
  sealed interface Outcome {

    /** They are there. */
    record Attached(TracedBinary binary) implements Outcome {}

    /** They are not. */
    sealed interface Hindered extends Outcome {

      /** For the user, with the mend where one is known. */
      String reason();

      /**
       * Whether something is missed: false if there is nothing in the binary to trace, as it is no
       * Go program, or one without a server; no news about the shell and the compiler that a
       * command starts.
       */
      boolean wanting();
    }

    /** There is nothing to attach to, or no way: true of the file, whenever it is asked again. */
    record Impossible(String reason, boolean wanting) implements Hindered {}

    /** Its file cannot be read for now; it is looked for again. */
    record Unanswered(String reason) implements Hindered {
      @Override
      public boolean wanting() {
        return true;
      }
    }

    /** It could not be done this time. */
    record Failed(String reason) implements Hindered {
      @Override
      public boolean wanting() {
        return true;
      }
    }
  }

  /**
   * Analyses the binary and attaches; once for a file that several file systems show.
   *
   * @param file is closed when the probes have left, or if it is not what carries them
   * @param name what the user calls it
   * @param runs whether a process executes it; if not, probes go only into a file that nobody can
   *     write to meanwhile
   */
  CompletableFuture<Outcome> attach(ExecutableFile file, String name, boolean runs);

  /**
   * Reads what a binary says of its build; empty if it is no Go program that can be traced.
   *
   * @param file is closed
   * @return fails if it cannot be read
   */
  CompletableFuture<Optional<GoBuild>> build(ExecutableFile file);

  /** The number of the probes it has, for the kernel's list of processes. */
  int number(TracedBinary binary);

  /** The file that carries the probes: of those that show the same code, the one held open. */
  BinaryIdentity carrier(TracedBinary binary);

  /**
   * Puts the probes into another file that shows the same code, under a new number, and lets go of
   * the one that carries them, once no process is on the kernel's list with its number.
   *
   * @param file as in {@link #attach}
   * @param renumber is called when the new probes are there, before the old ones go
   * @return done then; with the reason if they stay where they are
   */
  CompletableFuture<Void> move(TracedBinary binary, ExecutableFile file, Runnable renumber);

  /** Whether the probes may stay where no process runs the binary. */
  boolean mayStay(TracedBinary binary);

  /** Whether somebody waits to write to the binary. */
  boolean isWriterWaiting(TracedBinary binary);

  /** Takes all probes out. */
  void detach(TracedBinary binary);

  /** Lets go of the files whose probes have left, and of those that somebody waits to write to. */
  void settle();

  /**
   * Goes over to other rows, in every binary. Probes that stay are not touched; of rows that go
   * nothing begins any more.
   */
  void choose(RowChoice rows);

  /**
   * Has one binary do without some, besides, since they cost too much.
   *
   * @param unwanted their names
   */
  void turnOff(TracedBinary binary, Set<String> unwanted);

  /** What each binary has, or is on the way to. */
  Map<TracedBinary, ProbePlan> plans();

  /**
   * Goes on with what {@link #choose} and {@link #turnOff} have begun, once what was open then has
   * had time to end.
   *
   * @return what begins no longer, by binary, where anything may not be seen to end
   */
  Map<TracedBinary, Set<RecordType>> settleRows();

  /** Puts the probes of a row back that has a {@link RowPolicy}. */
  void attachRow(TracedBinary binary, DetachableRow row);

  /** Takes the probes of such a row out. */
  void detachRow(TracedBinary binary, DetachableRow row);
}
