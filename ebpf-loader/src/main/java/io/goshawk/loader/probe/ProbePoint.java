// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A place in a library that an eBPF program runs at: once per call of a function, past its stack
 * check, while the arguments are still in their registers; or behind a call inside of it.
 *
 * @param program the program's name in the object
 * @param role what it does
 * @param aliases the names of the function; the first that an executable has is taken
 * @param arguments how many of the integer argument registers the program reads
 * @param oncePer the operations that come by here once each
 * @param afterCall a place inside the function that takes the place of its entry
 * @param inside places inside the function that take the place of its entry
 * @param inlinedInto where the compiler may put a copy of the function instead of a call
 * @param optional whether an executable may do without the function
 * @param except releases in which nothing comes by there that it could use
 */
public record ProbePoint(
    String program,
    Role role,
    List<SymbolAlias> aliases,
    int arguments,
    Set<Operation> oncePer,
    Optional<AfterCall> afterCall,
    Optional<Inside> inside,
    Optional<InlinedInto> inlinedInto,
    boolean optional,
    Optional<VersionRange> except) {

  /**
   * A place where the results of a call that the function makes are still in their registers.
   *
   * @param callees functions of which it calls one, each once in its code; an executable need not
   *     have all, and calls the first that it has
   * @param firstResult the first result register that the program reads, from 0
   * @param results how many of them it reads
   */
  record AfterCall(List<String> callees, int firstResult, int results) {
    AfterCall {
      callees = List.copyOf(callees);
    }
  }

  /** Places of which one is passed for each call of the function, or several. */
  sealed interface Inside {

    /**
     * Its returns, where its results are in their registers.
     *
     * @param unless calls that have a probe of their own for this: where they are made, it needs no
     *     site
     * @param apart functions where it needs none if their returns can be told apart
     */
    record Returns(Optional<Call> unless, Optional<Apart> apart) implements Inside {}

    /**
     * Its returns whose first result is nil, if those of some functions can be told apart.
     *
     * @param apart those functions
     */
    record NilReturns(Apart apart) implements Inside {}

    /**
     * Functions of each of which it can be told which returns have nil as their first result.
     *
     * @param releases in which that is asked; in all others it cannot be told
     * @param instead a call that has a probe for what the other returns show; where it is not made,
     *     it does not matter what can be told
     */
    record Apart(VersionRange releases, List<String> functions, Call instead) {
      public Apart {
        functions = List.copyOf(functions);
      }
    }

    /**
     * That one function calls another.
     *
     * @param caller empty: the one that is left by its returns
     */
    record Call(Optional<String> caller, String callee) {}

    /**
     * Where it runs a function that it has deferred, and which refers to the second of its results;
     * and its other returns. The cookie tells the program how far below the second result the first
     * is in its frame, in bytes; at a return, where they are in registers, 0.
     *
     * @param deferred that function
     */
    record Exits(String deferred) implements Inside {}

    /**
     * Calls that it makes.
     *
     * @param callee the function it calls
     * @param after a function that it has called before; empty: it need not have called any
     */
    record Calls(String callee, Optional<String> after) implements Inside {}

    /**
     * What is passed last before its returns behind a call that it makes, whatever is in the
     * registers.
     *
     * @param callee the function it calls
     */
    record WayOut(String callee) implements Inside {}

    /**
     * Behind calls that it makes, where their results are still in their registers.
     *
     * @param callee the function it calls; empty: those whose address it has at hand
     * @param results how many result registers the program reads
     * @param variantInLoop what the attach cookie tells the program behind a call that may be made
     *     again
     * @param variant what it tells behind any other
     * @param needed whether a function that makes none is not what was expected
     */
    record BehindCalls(
        Optional<String> callee, int results, int variantInLoop, int variant, boolean needed)
        implements Inside {}
  }

  /**
   * Functions that get a copy when profile-guided optimization finds their calls hot.
   *
   * @param callers the functions with the copies
   * @param place of the program in a copy
   * @param variant what the attach cookie tells the program, instead of that of the entry
   */
  record InlinedInto(List<String> callers, Place place, int variant) {
    InlinedInto {
      callers = List.copyOf(callers);
    }

    enum Place {
      /** Where the copy begins, and no argument is in its register. */
      BEGIN,
      /** At the calls that it makes, which pass its own arguments on, after a receiver. */
      CALLS
    }
  }

  public ProbePoint {
    aliases = List.copyOf(aliases);
    oncePer = Set.copyOf(oncePer);
    if (aliases.isEmpty()) {
      throw new IllegalArgumentException("no symbol for program " + program);
    }
    if (arguments < 0 || arguments > 9) {
      throw new IllegalArgumentException(program + " reads " + arguments + " argument registers");
    }
  }

  /** Begins a probe that starts a span. */
  static Builder start(String program) {
    return new Builder(program, Role.START);
  }

  /** Begins a probe that ends one. */
  static Builder end(String program) {
    return new Builder(program, Role.END);
  }

  /** Begins a probe that adds to one. */
  static Builder observe(String program) {
    return new Builder(program, Role.OBSERVE);
  }

  /**
   * Says where a program runs. Variants are values of the program's own enum; 0 where it has none.
   */
  static final class Builder {
    private final String program;
    private final Role role;
    private final List<SymbolAlias> aliases = new ArrayList<>();
    private int arguments;
    private Set<Operation> oncePer = Set.of();
    private Optional<AfterCall> afterCall = Optional.empty();
    private Optional<Inside> inside = Optional.empty();
    private Optional<InlinedInto> inlinedInto = Optional.empty();
    private boolean optional;
    private Optional<VersionRange> except = Optional.empty();

    private Builder(String program, Role role) {
      this.program = program;
      this.role = role;
    }

    /** A function that it is attached to, in any release. */
    Builder at(String symbol) {
      return at(symbol, VersionRange.ALL, 0);
    }

    /** A function that it is attached to, if none named before is there. */
    Builder at(String symbol, VersionRange releases, int variant) {
      aliases.add(new SymbolAlias(symbol, releases, variant));
      return this;
    }

    /** How many of the integer argument registers it reads. */
    Builder arguments(int count) {
      arguments = count;
      return this;
    }

    /** What comes by here once each time. */
    Builder oncePer(Operation... operations) {
      oncePer = Set.of(operations);
      return this;
    }

    /** Instead of its entry behind calls of which it makes one. */
    Builder afterCall(int firstResult, int results, String... callees) {
      afterCall = Optional.of(new AfterCall(List.of(callees), firstResult, results));
      return this;
    }

    /** At each of its returns, unless it calls a function that has a probe for this. */
    Builder atReturnsUnlessItCalls(String symbol) {
      return atReturns(Optional.of(new Inside.Call(Optional.empty(), symbol)), Optional.empty());
    }

    /**
     * At each of its returns, unless one function calls another, which has a probe for this, or the
     * returns of some can be told apart.
     */
    Builder atReturnsUnless(String caller, String callee, Inside.Apart apart) {
      return atReturns(
          Optional.of(new Inside.Call(Optional.of(caller), callee)), Optional.of(apart));
    }

    /** At each of its returns. */
    Builder atReturns() {
      return atReturns(Optional.empty(), Optional.empty());
    }

    private Builder atReturns(Optional<Inside.Call> unless, Optional<Inside.Apart> apart) {
      inside = Optional.of(new Inside.Returns(unless, apart));
      return this;
    }

    /**
     * At its returns whose first result is nil, where those of some functions can be told apart.
     */
    Builder atNilReturns(Inside.Apart apart) {
      inside = Optional.of(new Inside.NilReturns(apart));
      return this;
    }

    /**
     * On the way out, at the last instruction that is passed before each return behind a call of a
     * function, and that is cheap.
     */
    Builder onTheWayOutBehindCallsOf(String callee) {
      inside = Optional.of(new Inside.WayOut(callee));
      return this;
    }

    /** Where it runs a deferred function, and at its returns that do not. */
    Builder atExits(String deferred) {
      inside = Optional.of(new Inside.Exits(deferred));
      return this;
    }

    /** At each call of a function that it makes. */
    Builder atCallsOf(String callee) {
      inside = Optional.of(new Inside.Calls(callee, Optional.empty()));
      return this;
    }

    /** At each call of a function that it makes once it has called another one. */
    Builder atCallsOf(String callee, String after) {
      inside = Optional.of(new Inside.Calls(callee, Optional.of(after)));
      return this;
    }

    /** Behind each call of a function that it makes. */
    Builder behindCallsOf(String callee, int results, int variant) {
      return behindCalls(Optional.of(callee), results, variant, variant, true);
    }

    /** Behind each call of a function, if it makes any. */
    Builder behindAnyCallsOf(String callee, int results, int variant) {
      return behindCalls(Optional.of(callee), results, variant, variant, false);
    }

    /** Behind each call that it makes of a function that it was given. */
    Builder behindIndirectCalls(int results, int variantInLoop, int variant) {
      return behindCalls(Optional.empty(), results, variantInLoop, variant, true);
    }

    private Builder behindCalls(
        Optional<String> callee, int results, int variantInLoop, int variant, boolean needed) {
      inside = Optional.of(new Inside.BehindCalls(callee, results, variantInLoop, variant, needed));
      return this;
    }

    /** An executable without the function has nothing for it to see. */
    Builder whereItIs() {
      optional = true;
      return this;
    }

    /** In none of these releases. */
    Builder except(VersionRange releases) {
      except = Optional.of(releases);
      return this;
    }

    /** Where a copy of the function begins that the compiler put into one of the callers. */
    Builder whereInlined(int variant, String... callers) {
      return inlined(InlinedInto.Place.BEGIN, variant, callers);
    }

    /** At the calls that a copy of the function makes, with its own arguments, in the callers. */
    Builder atCallsWhereInlined(int variant, String... callers) {
      return inlined(InlinedInto.Place.CALLS, variant, callers);
    }

    private Builder inlined(InlinedInto.Place place, int variant, String... callers) {
      inlinedInto = Optional.of(new InlinedInto(List.of(callers), place, variant));
      return this;
    }

    ProbePoint build() {
      return new ProbePoint(
          program,
          role,
          aliases,
          arguments,
          oncePer,
          afterCall,
          inside,
          inlinedInto,
          optional,
          except);
    }
  }
}
