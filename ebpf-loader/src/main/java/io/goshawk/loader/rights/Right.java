// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.rights;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A capability (capabilities(7)) that tracing takes or profits from. Numbers are those of
 * include/uapi/linux/capability.h.
 */
public enum Right {
  BPF(39, "nothing is traced: it is for loading eBPF programs"),
  PERFMON(38, "nothing is traced: it is for attaching probes and reading what they see"),
  SYS_PTRACE(19, "processes of other users, and of root, are neither found nor traced"),
  DAC_READ_SEARCH(
      2,
      "processes of other users are not found by --port, have no OTEL_SERVICE_NAME and"
          + " OTEL_RESOURCE_ATTRIBUTES of their own, and are not traced if only their owner may read"
          + " their executable"),
  LEASE(
      28,
      "the executables of other users keep their probes only while a process runs them, so the first"
          + " requests after a restart may be missed; and under capture such programs get theirs a"
          + " tenth of a second after their start"),
  SYS_ADMIN(
      21,
      "the programs that a command under capture starts get their probes a tenth of a second after"
          + " their start");

  private static final int DAC_OVERRIDE = 1;

  private final int number;
  private final String loss;

  Right(int number, String loss) {
    this.number = number;
    this.loss = loss;
  }

  /** As capabilities(7) calls it. */
  public String capability() {
    return "CAP_" + name();
  }

  /** What one does without where it is missing. */
  public String loss() {
    return loss;
  }

  /** The capabilities any of which is enough: some older ones include it. */
  Set<Integer> numbers() {
    return switch (this) {
      case BPF, PERFMON -> Set.of(number, SYS_ADMIN.number);
      case DAC_READ_SEARCH -> Set.of(number, DAC_OVERRIDE);
      case SYS_PTRACE, LEASE, SYS_ADMIN -> Set.of(number);
    };
  }

  static String capabilities(Right... rights) {
    return Arrays.stream(rights).map(Right::capability).collect(Collectors.joining(" and "));
  }
}
