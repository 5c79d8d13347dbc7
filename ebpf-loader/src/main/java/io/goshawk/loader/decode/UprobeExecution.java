// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

/**
 * How the kernel executes an instruction that a uprobe has replaced by a breakpoint
 * (arch/x86/kernel/uprobes.c, {@code arch_uprobe_analyze_insn}; arch/arm64/kernel/probes/).
 */
public enum UprobeExecution {
  /** In the same trap, by changing the saved registers. */
  EMULATED,
  /** Out of line, with a second trap after it: four to five times as dear. */
  SINGLE_STEPPED,
  /** Not at all: the probe cannot be attached, or must not be. */
  REFUSED
}
