// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.abi.LittleEndian;
import io.goshawk.loader.go.Architecture;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoFunction;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Where the scheduler counts the ids of goroutines, {@code runtime.sched.goidgen}. A stripped
 * executable has no symbols of data, so it is read from the code that takes a batch of sixteen ids
 * (Go's runtime/proc.go, newproc1), which is the same from 1.24 to 1.27:
 *
 * <pre>
 *   MOVL $0x10, R10
 *   LEAQ runtime.sched(SB), R11
 *   LOCK XADDQ R10, 0(R11)
 * </pre>
 */
final class GoidCounter {

  private static final String FUNCTION = "runtime.newproc1";
  private static final int BATCH = 16;

  private static final int LOAD_BYTES = 7;
  private static final int ADD_BYTES = 5;

  private GoidCounter() {}

  /** Its address; empty where the code is another, as without optimization. */
  static OptionalLong address(GoExecutable executable) {
    Optional<GoFunction> function = executable.function(FUNCTION);
    if (executable.architecture() != Architecture.AMD64 || function.isEmpty()) {
      return OptionalLong.empty();
    }
    byte[] code = executable.code(function.get());
    for (int at = ADD_BYTES + LOAD_BYTES; at <= code.length - ADD_BYTES; at++) {
      if (addsBatch(code, at)) {
        return OptionalLong.of(
            function.get().address() + at + LittleEndian.i32(code, at - Integer.BYTES));
      }
    }
    return OptionalLong.empty();
  }

  /** Whether there is a LOCK XADDQ whose address was loaded, and the sixteen before that. */
  private static boolean addsBatch(byte[] code, int at) {
    int rex = unsigned(code, at + 1);
    int operands = unsigned(code, at + 4);
    if (unsigned(code, at) != 0xf0
        || (rex & 0xfa) != 0x48
        || unsigned(code, at + 2) != 0x0f
        || unsigned(code, at + 3) != 0xc1
        || operands >= 0x40) { // with a displacement
      return false;
    }
    int pointer = (operands & 7) | (rex & 1) << 3;
    int added = operands >> 3 & 7 | (rex & 4) << 1;
    int load = at - LOAD_BYTES;
    if (unsigned(code, load) != (0x48 | (pointer & 8) >> 1)
        || unsigned(code, load + 1) != 0x8d
        || unsigned(code, load + 2) != (0x05 | (pointer & 7) << 3)) {
      return false;
    }
    int batch = load - 1 - Integer.BYTES;
    return unsigned(code, batch) == (0xb8 | added & 7)
        && LittleEndian.i32(code, batch + 1) == BATCH
        && (added < 8 || batch > 0 && unsigned(code, batch - 1) == 0x41);
  }

  private static int unsigned(byte[] code, int at) {
    return code[at] & 0xff;
  }
}
