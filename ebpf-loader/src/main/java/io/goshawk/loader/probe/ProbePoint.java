package io.goshawk.loader.probe;

import java.util.List;
import java.util.Set;

/**
 * A place in a library that an eBPF program runs at: once per call of a function, past its stack
 * check, while the arguments are still in their registers.
 *
 * @param program the program's name in the object
 * @param role what it does
 * @param aliases the names of the function; the first that an executable has is taken
 * @param arguments how many of the integer argument registers the program reads
 * @param eachRequestOf the protocols that come by here once per request
 */
public record ProbePoint(
    String program,
    Role role,
    List<SymbolAlias> aliases,
    int arguments,
    Set<Protocol> eachRequestOf) {

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
