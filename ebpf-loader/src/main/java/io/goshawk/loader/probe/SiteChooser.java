// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.loader.decode.Decoded;
import io.goshawk.loader.decode.Instruction;
import io.goshawk.loader.decode.InstructionDecoder;
import io.goshawk.loader.decode.InstructionDecoder.FrameAccess;
import io.goshawk.loader.decode.InstructionDecoder.FrameUse;
import io.goshawk.loader.decode.InstructionKind;
import io.goshawk.loader.decode.Undecodable;
import io.goshawk.loader.decode.UprobeExecution;
import io.goshawk.loader.go.Architecture;
import io.goshawk.loader.go.GoFunction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.LongPredicate;
import java.util.stream.IntStream;

/**
 * Chooses the instruction of a function at which a program sees each call once, with its arguments,
 * and cheaply.
 *
 * <p>Go's compiler begins a function like this (cmd/internal/obj/x86/obj6.go, {@code stacksplit}):
 *
 * <pre>
 *   entry: cmp  0x10(%r14),%rsp    or lea -N(%rsp),%r12; cmp 0x10(%r14),%r12
 *          jbe  grow               or mov %rsp,%r12; sub $N,%r12; jb grow; cmp …; jbe grow
 *          push %rbp               the first instruction that runs once per call
 *          …
 *   grow:  …                       the arguments go to the stack
 *          call runtime.morestack_noctxt
 *          …                       and come back
 *          jmp  entry
 * </pre>
 *
 * A branch belongs to the stack check if it leads to a call that is followed by a jump to the
 * entry, so no name is needed. A site lies behind the last of those, is reached from there without
 * another branch, is no target of one, and nothing before it has changed a register that is read.
 */
final class SiteChooser {

  /** Larger functions are not looked at: this is no reader of whole programs. */
  private static final int CODE_LIMIT = 1 << 20;

  /** Instructions that saving the arguments, growing the stack and loading them again may take. */
  private static final int GROW_LIMIT = 64;

  private final Architecture architecture;
  private final InstructionDecoder decoder;
  private final GoFunction function;
  private final byte[] code;
  private final List<Instruction> instructions = new ArrayList<>();
  private final Map<Long, Integer> indexes = new HashMap<>();

  private SiteChooser(Architecture architecture, GoFunction function, byte[] code) {
    this.architecture = architecture;
    this.decoder = InstructionDecoder.of(architecture);
    this.function = function;
    this.code = code;
  }

  /**
   * Chooses a site.
   *
   * @param code of the function
   * @param registers that must still hold what they held at the entry
   */
  static SiteChoice choose(
      Architecture architecture, GoFunction function, byte[] code, int registers) {
    return new SiteChooser(architecture, function, code).choose(registers);
  }

  /**
   * Chooses a site behind the call of another function, before anything has changed its results.
   *
   * @param code of the function
   * @param callee address of the other function
   * @param registers that must still hold what they held when it returned
   */
  static SiteChoice chooseAfterCall(
      Architecture architecture, GoFunction function, byte[] code, long callee, int registers) {
    return new SiteChooser(architecture, function, code).chooseAfterCall(callee, registers);
  }

  /**
   * Chooses a site that is reached whenever an instruction is, and after it.
   *
   * @param code of the function
   * @param address of the instruction
   */
  static SiteChoice chooseAt(
      Architecture architecture, GoFunction function, byte[] code, long address) {
    return new SiteChooser(architecture, function, code).chooseAt(address);
  }

  private SiteChoice chooseAt(long address) {
    if (!decodes()) {
      return none("cannot be decoded");
    }
    Integer first = indexes.get(address);
    if (first == null) {
      return none("has no instruction at 0x" + Long.toHexString(address));
    }
    Set<Long> targets = branchTargets(Set.of());
    targets.remove(address);
    return choose(first, first, endOfRow(first), targets, 0);
  }

  /**
   * Chooses the calls that a part of a function makes, at which their arguments are in registers.
   *
   * @param code of the function
   * @param part whether an address belongs to the part
   * @param without callees that do not count
   * @return the sites; or why there is none
   */
  static List<SiteChoice> chooseCalls(
      Architecture architecture,
      GoFunction function,
      byte[] code,
      LongPredicate part,
      LongPredicate without) {
    return new SiteChooser(architecture, function, code).chooseCalls(part, without);
  }

  private List<SiteChoice> chooseCalls(LongPredicate part, LongPredicate without) {
    if (!decodes()) {
      return List.of(none("cannot be decoded"));
    }
    List<SiteChoice> calls = new ArrayList<>();
    for (Instruction instruction : instructions) {
      boolean call =
          instruction.kind() == InstructionKind.CALL
              ? !without.test(instruction.target().orElseThrow())
              : instruction.kind() == InstructionKind.CALL_INDIRECT;
      if (call && part.test(instruction.address())) {
        calls.add(chosen(instruction));
      }
    }
    return calls.isEmpty() ? List.of(none("makes no call where it should")) : calls;
  }

  /**
   * Chooses the returns of a function, at which its results are in registers.
   *
   * @param code of the function
   * @return the sites; or why there is none
   */
  static List<SiteChoice> chooseReturns(
      Architecture architecture, GoFunction function, byte[] code) {
    SiteChooser chooser = new SiteChooser(architecture, function, code);
    if (!chooser.decodes()) {
      return List.of(chooser.none("cannot be decoded"));
    }
    List<SiteChoice> returns = chooser.chosen(chooser.indexesOf(InstructionKind.RETURN));
    return returns.isEmpty() ? List.of(chooser.none("never returns")) : returns;
  }

  /**
   * Where a function is left.
   *
   * @param returns those that run no deferred function
   * @param distance how far below the second result the first is in the frame, when deferred
   *     functions run; 0: that is not known, and {@code returns} are all returns
   */
  record Exits(List<SiteChoice> returns, int distance) {}

  /**
   * Chooses where a function is left that defers another one.
   *
   * <p>The compiler calls a function that was deferred, in code of its own for each return if they
   * are few, by its address; then it loads the results from the frame, where a deferred function
   * that refers to one finds it as well (cmd/compile/internal/ssagen, {@code openDeferExit}).
   *
   * @param code of the function
   * @param deferred whether sites in the deferred function will do
   */
  static Exits chooseExits(
      Architecture architecture, GoFunction function, byte[] code, boolean deferred) {
    List<SiteChoice> all = chooseReturns(architecture, function, code);
    SiteChooser chooser = new SiteChooser(architecture, function, code);
    if (!deferred || !chooser.decodes()) {
      return new Exits(all, 0);
    }
    int first = CallRegisters.result(architecture, 0);
    int second = CallRegisters.result(architecture, 1);
    Set<Long> targets = chooser.branchTargets(Set.of());
    List<SiteChoice> returns = new ArrayList<>();
    Set<Integer> distances = new HashSet<>();
    for (int index : chooser.indexesOf(InstructionKind.RETURN)) {
      Map<Integer, Integer> loads = chooser.loadsSinceDeferred(index, targets);
      if (loads.containsKey(first) && loads.containsKey(second)) {
        distances.add(loads.get(second) - loads.get(first));
      } else {
        returns.add(chooser.chosen(chooser.instructions.get(index)));
      }
    }
    int distance = distances.size() == 1 ? distances.iterator().next() : 0;
    return distance == 0 ? new Exits(all, 0) : new Exits(returns, distance);
  }

  /**
   * The places in the frame that registers are loaded from between an indirect call and a return;
   * none if there is another way to that return.
   */
  private Map<Integer, Integer> loadsSinceDeferred(int end, Set<Long> targets) {
    Map<Integer, Integer> loads = new HashMap<>();
    for (int i = end; i > 0; i--) {
      Instruction before = instructions.get(i - 1);
      if (targets.contains(instructions.get(i).address())) {
        return Map.of();
      }
      if (before.kind() == InstructionKind.CALL_INDIRECT) {
        return loads;
      }
      if (before.kind().divertsFlow()) {
        return Map.of();
      }
      frameAccess(before)
          .filter(access -> access.use() == FrameUse.LOAD)
          .ifPresent(load -> loads.putIfAbsent(load.register(), load.offset()));
    }
    return Map.of();
  }

  /**
   * Chooses the returns of a function whose first result is nil, by what it puts there itself: all
   * but those before which on every way there the first result's place in the frame got what was in
   * a register. (A function that defers another has its results in the frame, and loads them once
   * that is done; cmd/compile has nil there from a register that is always zero, or as a constant.)
   *
   * @param code of the function
   * @return the sites; none if of no return it can be told that its first result is another
   */
  static List<SiteChoice> chooseNilReturns(
      Architecture architecture, GoFunction function, byte[] code) {
    SiteChooser chooser = new SiteChooser(architecture, function, code);
    if (!chooser.decodes()) {
      return List.of();
    }
    List<Integer> all = chooser.indexesOf(InstructionKind.RETURN);
    List<Integer> nil = new ArrayList<>(all);
    if (chooser.indexesOf(InstructionKind.JUMP_INDIRECT).isEmpty()) {
      List<List<Integer>> predecessors = chooser.predecessors();
      Set<Long> targets = chooser.branchTargets(Set.of());
      nil.removeIf(index -> chooser.returnsAnother(index, predecessors, targets));
    }
    return nil.size() == all.size() ? List.of() : chooser.chosen(nil);
  }

  private List<Integer> indexesOf(InstructionKind kind) {
    return IntStream.range(0, instructions.size())
        .filter(index -> instructions.get(index).kind() == kind)
        .boxed()
        .toList();
  }

  /** What may have been executed before each instruction, in this function. */
  private List<List<Integer>> predecessors() {
    List<List<Integer>> predecessors = new ArrayList<>();
    instructions.forEach(instruction -> predecessors.add(new ArrayList<>()));
    for (int i = 0; i < instructions.size(); i++) {
      for (int successor : successors(i)) {
        predecessors.get(successor).add(i);
      }
    }
    return predecessors;
  }

  private boolean returnsAnother(int end, List<List<Integer>> predecessors, Set<Long> targets) {
    OptionalInt place = placeOfFirstResult(end, targets);
    if (place.isEmpty()) {
      return false;
    }
    Deque<Integer> open = new ArrayDeque<>(predecessors.get(end));
    Set<Integer> seen = new HashSet<>();
    while (!open.isEmpty()) {
      int index = open.pop();
      if (!seen.add(index)) {
        continue;
      }
      Optional<FrameAccess> access = frameAccess(instructions.get(index));
      if (access.filter(a -> changes(a, place.getAsInt())).isEmpty()) {
        if (predecessors.get(index).isEmpty() || index == 0) {
          return false;
        }
        open.addAll(predecessors.get(index));
      } else if (access.get().use() != FrameUse.STORE
          || isComputed(access.get().register(), index, targets)) {
        return false;
      }
    }
    return true;
  }

  /** From where in the frame the first result is loaded last before a return. */
  private OptionalInt placeOfFirstResult(int end, Set<Long> targets) {
    int register = CallRegisters.result(architecture, 0);
    OptionalInt writer = lastWriter(register, end, targets);
    if (writer.isEmpty()) {
      return OptionalInt.empty();
    }
    return frameAccess(instructions.get(writer.getAsInt()))
        .filter(access -> access.use() == FrameUse.LOAD)
        .map(load -> OptionalInt.of(load.offset()))
        .orElse(OptionalInt.empty());
  }

  /** The last before an instruction, of those that always lead to it, to change a register. */
  private OptionalInt lastWriter(int register, int before, Set<Long> targets) {
    for (int i = before; i > 0 && !targets.contains(instructions.get(i).address()); i--) {
      Instruction last = instructions.get(i - 1);
      if ((last.writes() & 1 << register) != 0) {
        return OptionalInt.of(i - 1);
      }
      if (last.kind().divertsFlow()) {
        break;
      }
    }
    return OptionalInt.empty();
  }

  /** Whether that may change the word at a place. */
  private static boolean changes(FrameAccess access, int place) {
    return access.use() != FrameUse.LOAD
        && access.offset() <= place
        && place < access.offset() + access.bytes();
  }

  /** Whether a register has what was computed last before an instruction: it may be zero. */
  private boolean isComputed(int register, int before, Set<Long> targets) {
    OptionalInt writer = lastWriter(register, before, targets);
    return writer.isPresent()
        && instructions.get(writer.getAsInt()).kind() == InstructionKind.OTHER;
  }

  private Optional<FrameAccess> frameAccess(Instruction instruction) {
    return decoder.frameAccess(code, Math.toIntExact(instruction.address() - function.address()));
  }

  /**
   * The calls of another function by its address.
   *
   * @param code of the function
   * @param callee address of the other function
   * @param after address of a function that has been called before; empty: none needs to have been
   * @return the sites; none if it makes no such call, or cannot be decoded
   */
  static List<SiteChoice> callsOf(
      Architecture architecture,
      GoFunction function,
      byte[] code,
      long callee,
      OptionalLong after) {
    SiteChooser chooser = new SiteChooser(architecture, function, code);
    if (!chooser.decodes()) {
      return List.of();
    }
    Set<Integer> reached =
        after.isEmpty() ? null : chooser.reachedFrom(chooser.indexesOfCalls(after.getAsLong()));
    return chooser.indexesOfCalls(callee).stream()
        .filter(index -> reached == null || reached.contains(index))
        .map(index -> chooser.chosen(chooser.instructions.get(index)))
        .toList();
  }

  private List<Integer> indexesOfCalls(long callee) {
    return IntStream.range(0, instructions.size())
        .filter(index -> isCallOf(instructions.get(index), callee))
        .boxed()
        .toList();
  }

  /**
   * Chooses the sites behind calls that a function makes, before anything has changed their
   * results.
   *
   * @param code of the function
   * @param callee address of the function that is called; empty: indirect calls
   * @param registers that must still hold what they held when it returned
   * @return the sites, in their order, each with whether the call may be made again; or why there
   *     is none
   */
  static Map<SiteChoice, Boolean> chooseBehindCalls(
      Architecture architecture,
      GoFunction function,
      byte[] code,
      OptionalLong callee,
      int registers) {
    return new SiteChooser(architecture, function, code).chooseBehindCalls(callee, registers);
  }

  private Map<SiteChoice, Boolean> chooseBehindCalls(OptionalLong callee, int registers) {
    if (!decodes()) {
      return Map.of(none("cannot be decoded"), false);
    }
    Map<SiteChoice, Boolean> sites = new LinkedHashMap<>();
    for (int i = 0; i < instructions.size(); i++) {
      Instruction instruction = instructions.get(i);
      boolean call =
          callee.isPresent()
              ? isCallOf(instruction, callee.getAsLong())
              : instruction.kind() == InstructionKind.CALL_INDIRECT;
      if (call) {
        int first = i + 1;
        sites.put(
            choose(first, first, endOfRow(first), branchTargets(Set.of()), registers), isInLoop(i));
      }
    }
    return sites.isEmpty() ? Map.of(none("makes no call where it should"), false) : sites;
  }

  /**
   * Chooses the sites that are passed on every way to a return, once and before nothing else but
   * it: of those the last. It does for returns that lie behind a call of another function, whatever
   * is in the registers.
   *
   * @param code of the function
   * @param callee address of the function that has been called
   * @return the sites; or why there is none
   */
  static List<SiteChoice> chooseOnTheWayOut(
      Architecture architecture, GoFunction function, byte[] code, long callee) {
    return new SiteChooser(architecture, function, code).chooseOnTheWayOut(callee);
  }

  private List<SiteChoice> chooseOnTheWayOut(long callee) {
    if (!decodes()) {
      return List.of(none("cannot be decoded"));
    }
    Set<Integer> behind = reachedFrom(indexesOfCalls(callee));
    List<SiteChoice> sites =
        indexesOf(InstructionKind.RETURN).stream()
            .filter(behind::contains)
            .map(index -> chosen(instructions.get(lastOnTheWayTo(index))))
            .toList();
    return sites.isEmpty() ? List.of(none("does not return behind the call")) : sites;
  }

  /** The last that the kernel emulates of what is passed once before a return; or the return. */
  private int lastOnTheWayTo(int end) {
    Deque<Integer> passed = new ArrayDeque<>();
    for (int i = 0; i < instructions.size(); i++) {
      if (instructions.get(i).execution() == UprobeExecution.EMULATED
          && isOnEveryWayTo(end, i)
          && leadsOnlyTo(end, i)) {
        passed.push(i);
      }
    }
    return passed.stream()
        .filter(last -> passed.stream().noneMatch(reachedFrom(List.of(last))::contains))
        .findFirst()
        .orElse(end);
  }

  private boolean isOnEveryWayTo(int end, int index) {
    return !reached(new ArrayDeque<>(List.of(0)), i -> i != index).contains(end);
  }

  /**
   * Whether a way through an instruction comes to that return, and never to the instruction again.
   */
  private boolean leadsOnlyTo(int end, int index) {
    Set<Integer> reached = reachedFrom(List.of(index));
    return !reached.contains(index)
        && reached.stream()
            .allMatch(i -> i == end || instructions.get(i).kind() != InstructionKind.RETURN);
  }

  private static boolean isCallOf(Instruction instruction, long callee) {
    return instruction.kind() == InstructionKind.CALL && instruction.target().orElse(0) == callee;
  }

  private boolean decodes() {
    return code.length > 0 && code.length <= CODE_LIMIT && decode() instanceof Instruction;
  }

  /** Behind the first instruction from there that may not go on to the next. */
  private int endOfRow(int first) {
    int end = first;
    while (end < instructions.size()) {
      end++;
      if (instructions.get(end - 1).kind().divertsFlow()) {
        break;
      }
    }
    return end;
  }

  private SiteChoice chooseAfterCall(long callee, int registers) {
    if (!decodes()) {
      return none("cannot be decoded");
    }
    List<Integer> calls = new ArrayList<>();
    for (int i = 0; i < instructions.size(); i++) {
      Instruction instruction = instructions.get(i);
      if (isCallOf(instruction, callee)) {
        calls.add(i);
      }
    }
    if (calls.size() != 1) {
      return none("has " + calls.size() + " calls of 0x" + Long.toHexString(callee));
    }
    if (isInLoop(calls.get(0))) {
      return none("calls 0x%x in a loop".formatted(callee));
    }
    int first = calls.get(0) + 1;
    return choose(first, first, endOfRow(first), branchTargets(Set.of()), registers);
  }

  /** Whether there is a way from an instruction back to itself; jump tables are not followed. */
  private boolean isInLoop(int index) {
    return reachedFrom(List.of(index)).contains(index);
  }

  /** What may be executed after some instructions; jump tables are not followed. */
  private Set<Integer> reachedFrom(List<Integer> first) {
    Deque<Integer> open = new ArrayDeque<>();
    first.forEach(index -> open.addAll(successors(index)));
    return reached(open, index -> true);
  }

  /** What may be executed from some instructions on, by way of those that a walk may enter. */
  private Set<Integer> reached(Deque<Integer> open, IntPredicate mayEnter) {
    Set<Integer> reached = new HashSet<>();
    while (!open.isEmpty()) {
      int next = open.pop();
      if (mayEnter.test(next) && reached.add(next)) {
        open.addAll(successors(next));
      }
    }
    return reached;
  }

  /** What may be executed next in this function. */
  private List<Integer> successors(int index) {
    Instruction instruction = instructions.get(index);
    boolean goesOn =
        switch (instruction.kind()) {
          case JUMP, JUMP_INDIRECT, RETURN, TRAP -> false;
          default -> index + 1 < instructions.size();
        };
    List<Integer> successors = new ArrayList<>(2);
    if (goesOn) {
      successors.add(index + 1);
    }
    boolean jumps =
        instruction.kind() == InstructionKind.JUMP || instruction.kind() == InstructionKind.JUMP_IF;
    Integer target = jumps ? indexes.get(instruction.target().orElseThrow()) : null;
    if (target != null) {
      successors.add(target);
    }
    return successors;
  }

  private SiteChoice choose(int registers) {
    if (code.length == 0 || code.length > CODE_LIMIT) {
      return none("has " + code.length + " bytes of code; 1 to " + CODE_LIMIT + " are looked at");
    }
    Decoded failed = decode();
    if (failed instanceof Undecodable undecodable) {
      return none(
          "cannot be decoded at 0x%x: %s".formatted(undecodable.address(), undecodable.reason()));
    }
    Set<Long> returnsToEntry = new HashSet<>();
    int first = 0;
    int end = 0;
    while (end < instructions.size()) {
      Instruction instruction = instructions.get(end);
      end++;
      if (instruction.kind() == InstructionKind.JUMP_IF
          && growsStack(instruction, returnsToEntry)) {
        first = end;
      } else if (instruction.kind().divertsFlow()) {
        break;
      }
    }
    return choose(0, first, end, branchTargets(returnsToEntry), registers);
  }

  /** Chooses among instructions that are run through in a row, once unless they are a target. */
  private SiteChoice choose(int from, int first, int end, Set<Long> targets, int registers) {
    int written = 0;
    Instruction stepped = null;
    String refused = "";
    String obstacle = "ends in its stack check";
    for (int i = from; i < end; i++) {
      Instruction instruction = instructions.get(i);
      if (targets.contains(instruction.address())) {
        obstacle = "runs 0x%x more than once a call".formatted(instruction.address());
        break;
      }
      if ((written & registers) != 0) {
        obstacle = "changes its arguments before 0x%x".formatted(instruction.address());
        break;
      }
      if (i >= first) {
        if (instruction.execution() == UprobeExecution.EMULATED) {
          return chosen(instruction);
        }
        if (instruction.execution() == UprobeExecution.REFUSED) {
          refused =
              "has an instruction that the kernel does not probe at 0x%x: %s"
                  .formatted(instruction.address(), text(instruction));
        } else if (stepped == null) {
          stepped = instruction;
        }
      }
      written |= instruction.writes();
    }
    if (stepped != null) {
      return chosen(stepped);
    }
    return none(refused.isEmpty() ? obstacle : refused);
  }

  /** Decodes the whole function; what could not be decoded, or its last instruction. */
  private Decoded decode() {
    int at = 0;
    while (true) {
      Decoded decoded = decoder.decode(code, at, function.address() + at);
      if (!(decoded instanceof Instruction instruction)) {
        return decoded;
      }
      indexes.put(instruction.address(), instructions.size());
      instructions.add(instruction);
      at += instruction.length();
      if (isPadding(at)) {
        return instruction;
      }
    }
  }

  /** Whether only zeroes follow, with which the linker fills up on arm64, or nothing. */
  private boolean isPadding(int from) {
    for (int i = from; i < code.length; i++) {
      if (code[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** Whether a branch leads to a call after which the function begins again. */
  private boolean growsStack(Instruction branch, Set<Long> returnsToEntry) {
    Integer start = indexes.get(branch.target().orElse(0));
    if (start == null || branch.target().getAsLong() <= branch.address()) {
      return false;
    }
    boolean called = false;
    int limit = Math.min(instructions.size(), start + GROW_LIMIT);
    for (Instruction instruction : instructions.subList(start, limit)) {
      switch (instruction.kind()) {
        case CALL -> {
          if (called) {
            return false;
          }
          called = true;
        }
        case JUMP -> {
          boolean begins = called && instruction.target().getAsLong() == function.address();
          if (begins) {
            returnsToEntry.add(instruction.address());
          }
          return begins;
        }
        default -> {
          if (instruction.kind().divertsFlow()) {
            return false;
          }
        }
      }
    }
    return false;
  }

  private Set<Long> branchTargets(Set<Long> returnsToEntry) {
    Set<Long> targets = new HashSet<>();
    for (Instruction instruction : instructions) {
      boolean branch =
          instruction.kind() == InstructionKind.JUMP
              || instruction.kind() == InstructionKind.JUMP_IF;
      if (branch && !returnsToEntry.contains(instruction.address())) {
        instruction.target().ifPresent(targets::add);
      }
    }
    return targets;
  }

  private List<SiteChoice> chosen(List<Integer> indexes) {
    return indexes.stream().map(index -> chosen(instructions.get(index))).toList();
  }

  private SiteChoice chosen(Instruction instruction) {
    return new SiteChoice.Chosen(instruction, text(instruction));
  }

  private String text(Instruction instruction) {
    return decoder.text(
        code, Math.toIntExact(instruction.address() - function.address()), instruction);
  }

  private SiteChoice none(String what) {
    return new SiteChoice.None(function.name() + " " + what);
  }
}
