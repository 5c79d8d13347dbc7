// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.goshawk.abi.ProgramObject;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * A program and the functions it calls have 512 bytes of stack together. Kernels from 6.13 on let
 * programs of probes have more, so that this one may load what Debian 12's refuses.
 *
 * <p>Counted as Linux 6.1 does (check_max_stack_depth in kernel/bpf/verifier.c): of each function
 * the lowest byte that is used, rounded up to 32.
 */
class StackDepthTest {
  private static final int LIMIT = 512;
  private static final int ROUNDING = 32;

  // struct bpf_insn, linux/bpf.h: u8 code, u8 dst:4 src:4, s16 off, s32 imm
  private static final int INSTRUCTION_BYTES = 8;
  private static final int CLASS_MASK = 0x07;
  private static final int ST = 0x02;
  private static final int STX = 0x03;
  private static final int LDX = 0x01;
  private static final int CALL = 0x85;
  private static final int MOVE_REGISTER = 0xbf;
  private static final int ADD_NUMBER = 0x07;
  private static final int LOAD_64 = 0x18;
  private static final int PSEUDO_CALL = 1;
  private static final int PSEUDO_FUNCTION = 4;
  private static final int FRAME_POINTER = 10;

  @Test
  void everyProgramFitsTheStackOfKernelsBefore613() {
    try (BpfObject object = BpfObject.open(ProgramObject::open, ObjectOptions.DEFAULT).load()) {
      assertThat(object.refusals()).isEmpty();
      Map<String, Integer> depths = new TreeMap<>();
      object
          .programs()
          .forEach((name, program) -> depths.put(name, new Code(program.handle()).depth()));
      assertThat(depths).allSatisfy((name, depth) -> assertThat(depth).isBetween(1, LIMIT));
    }
  }

  /** A program's instructions with those of its functions behind them, as they were loaded. */
  private static final class Code {
    private final Pointer instructions;
    private final int count;

    /** Of each function, by where it begins: the bytes of its frame. */
    private final TreeMap<Integer, Integer> frames = new TreeMap<>(Map.of(0, 0));

    Code(Pointer program) {
      NativeLibrary libbpf = NativeLibrary.getInstance("libbpf.so.1");
      instructions = libbpf.getFunction("bpf_program__insns").invokePointer(new Object[] {program});
      count =
          ((Number)
                  libbpf
                      .getFunction("bpf_program__insn_cnt")
                      .invoke(Long.class, new Object[] {program}))
              .intValue();
      for (int at = 0; at < count; at++) {
        if (called(at) >= 0) {
          frames.put(called(at), 0);
        }
      }
      for (int at = 0; at < count; at++) {
        frames.merge(frames.floorKey(at), frameByte(at), Math::max);
      }
    }

    int depth() {
      return depth(0);
    }

    private int depth(int function) {
      Integer next = frames.higherKey(function);
      int deepest = 0;
      for (int at = function; at < (next == null ? count : next); at++) {
        if (called(at) >= 0) {
          deepest = Math.max(deepest, depth(called(at)));
        }
      }
      int frame = Math.max(1, frames.get(function));
      return (frame + ROUNDING - 1) / ROUNDING * ROUNDING + deepest;
    }

    private int code(int at) {
      return instructions.getByte((long) at * INSTRUCTION_BYTES) & 0xff;
    }

    private int destination(int at) {
      return instructions.getByte((long) at * INSTRUCTION_BYTES + 1) & 0xf;
    }

    private int source(int at) {
      return instructions.getByte((long) at * INSTRUCTION_BYTES + 1) >> 4 & 0xf;
    }

    private int number(int at) {
      return instructions.getInt((long) at * INSTRUCTION_BYTES + 4);
    }

    /** The function that an instruction calls, or hands on to be called; -1: none. */
    private int called(int at) {
      boolean calls = code(at) == CALL && source(at) == PSEUDO_CALL;
      boolean handsOn = code(at) == LOAD_64 && source(at) == PSEUDO_FUNCTION;
      return calls || handsOn ? at + 1 + number(at) : -1;
    }

    /** How far below the frame pointer an instruction reaches, or an address that it makes. */
    private int frameByte(int at) {
      int offset = instructions.getShort((long) at * INSTRUCTION_BYTES + 2);
      int kind = code(at) & CLASS_MASK;
      boolean stores = (kind == ST || kind == STX) && destination(at) == FRAME_POINTER;
      boolean loads = kind == LDX && source(at) == FRAME_POINTER;
      if (stores || loads) {
        return -offset;
      }
      boolean makesAddress =
          code(at) == ADD_NUMBER
              && at > 0
              && code(at - 1) == MOVE_REGISTER
              && source(at - 1) == FRAME_POINTER
              && destination(at - 1) == destination(at);
      return makesAddress ? -number(at) : 0;
    }
  }
}
