// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.loader.go.Architecture;

/**
 * Where Go's ABIInternal keeps what a probe reads, by the decoder's register numbers
 * (cmd/compile/abi-internal.md).
 */
final class CallRegisters {

  /** RAX RBX RCX RDI RSI R8 R9 R10 R11. */
  private static final int[] AMD64_ARGUMENTS = {0, 3, 1, 7, 6, 8, 9, 10, 11};

  private static final int AMD64_CLOSURE = 2;
  private static final int AMD64_G = 14;
  private static final int ARM64_CLOSURE = 26;
  private static final int ARM64_G = 28;

  private CallRegisters() {}

  /** The goroutine, the closure's context and the first arguments, as a set of bits. */
  static int of(Architecture architecture, int arguments) {
    return switch (architecture) {
      case AMD64 -> {
        int set = 1 << AMD64_G | 1 << AMD64_CLOSURE;
        for (int i = 0; i < arguments; i++) {
          set |= 1 << AMD64_ARGUMENTS[i];
        }
        yield set;
      }
      case ARM64 -> 1 << ARM64_G | 1 << ARM64_CLOSURE | (1 << arguments) - 1;
    };
  }

  /** The register of a result, from 0, by its number. */
  static int result(Architecture architecture, int index) {
    return architecture == Architecture.AMD64 ? AMD64_ARGUMENTS[index] : index;
  }

  /** The goroutine and some of the results, which are where arguments are, as a set of bits. */
  static int results(Architecture architecture, int first, int count) {
    int set = 1 << (architecture == Architecture.AMD64 ? AMD64_G : ARM64_G);
    for (int i = first; i < first + count; i++) {
      set |= 1 << result(architecture, i);
    }
    return set;
  }
}
