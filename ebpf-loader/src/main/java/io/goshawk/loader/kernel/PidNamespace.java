// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.kernel;

import io.goshawk.loader.bpf.BpfException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The pid namespace of this process, in which process ids mean what a user of it means by them.
 *
 * @param inode its number, as {@code /proc/self/ns/pid} shows it; 0: there is no telling
 * @param shownByProc whether {@code /proc} shows the processes of this namespace, by their ids in
 *     it; after {@code unshare --pid} alone it still shows those of the one before
 */
public record PidNamespace(long inode, boolean shownByProc) {

  /** Section of the programs' constant that says in whose ids they are to speak. */
  public static final String SECTION = ".rodata.pid_ns";

  /** PROC_PID_INIT_INO in include/linux/proc_ns.h. */
  private static final long INITIAL = 4026531836L;

  private static final Pattern LINK = Pattern.compile("pid:\\[(\\d+)]");

  /**
   * One id for each namespace from that of {@code /proc} to the innermost that the process is in.
   */
  private static final Pattern IDS = Pattern.compile("(?m)^NSpid:((?:\\s+\\d+)+)$");

  static final String MEND =
      "mount the /proc of this pid namespace: unshare --pid --fork --mount-proc, or, in a container,"
          + " no /proc of the host's over its own";

  /** The namespace of this process. */
  public static PidNamespace own() {
    return of(Path.of("/"));
  }

  static PidNamespace of(Path root) {
    Path self = root.resolve("proc/self");
    try {
      Matcher link = LINK.matcher(Files.readSymbolicLink(self.resolve("ns/pid")).toString());
      // ISO-8859-1, since the process's name, which is in there, may be any bytes.
      Matcher ids =
          IDS.matcher(Files.readString(self.resolve("status"), StandardCharsets.ISO_8859_1));
      return new PidNamespace(
          link.matches() ? Long.parseLong(link.group(1)) : 0,
          !ids.find() || ids.group(1).strip().split("\\s+").length == 1);
    } catch (IOException e) {
      // A /proc of a namespace that this process is not in has no `self`.
      return new PidNamespace(0, false);
    }
  }

  boolean isInitial() {
    return inode == INITIAL;
  }

  /**
   * The inode as the programs' constant wants it: 0 for the initial namespace, whose ids the kernel
   * has at hand.
   *
   * @throws BpfException if {@code /proc} speaks of other ids than the programs would
   */
  public int forPrograms() {
    if (!shownByProc) {
      throw new BpfException(
          "finding out what process ids mean", 0, "/proc is that of another pid namespace", MEND);
    }
    return isInitial() ? 0 : (int) inode;
  }
}
