package io.goshawk.loader.probe;

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
 * @param eachRequestOf the protocols that come by here once per request
 * @param afterCall a place inside the function that is better than its entry
 * @param inlinedInto where the compiler may put a copy of the function instead of a call
 */
public record ProbePoint(
    String program,
    Role role,
    List<SymbolAlias> aliases,
    int arguments,
    Set<Protocol> eachRequestOf,
    Optional<AfterCall> afterCall,
    Optional<InlinedInto> inlinedInto) {

  /**
   * A place where the results of a call that the function makes are still in their registers.
   *
   * @param callee the function it calls, once in its code
   * @param firstResult the first result register that the program reads, from 0
   * @param results how many of them it reads
   * @param variant what the attach cookie tells the program, instead of that of the entry
   */
  record AfterCall(String callee, int firstResult, int results, int variant) {}

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

  /** At the entry. */
  public ProbePoint(
      String program,
      Role role,
      List<SymbolAlias> aliases,
      int arguments,
      Set<Protocol> eachRequestOf) {
    this(program, role, aliases, arguments, eachRequestOf, Optional.empty(), Optional.empty());
  }

  public ProbePoint {
    aliases = List.copyOf(aliases);
    eachRequestOf = Set.copyOf(eachRequestOf);
    if (aliases.isEmpty()) {
      throw new IllegalArgumentException("no symbol for program " + program);
    }
    if (arguments < 0 || arguments > 9) {
      throw new IllegalArgumentException(program + " reads " + arguments + " argument registers");
    }
  }
}
