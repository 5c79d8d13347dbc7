// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A Go executable, as far as probes need to know it. All addresses are virtual addresses of the
 * file, before any load bias.
 *
 * <p>What reads the file throws {@link UnusableExecutableException} where it turns out to be
 * unusable: most of a file is not looked at when it is opened, and somebody may write to it.
 */
public interface GoExecutable extends AutoCloseable {

  /** The release the binary was built with, for example {@code go1.26.8}. */
  GoVersion version();

  /** What {@code go version -m} shows. */
  BuildInfo buildInfo();

  /** The instruction set of the code. */
  Architecture architecture();

  /** Whether the kernel may load it at any address. */
  boolean positionIndependent();

  /** Where {@link #function} looks names up. */
  SymbolSource symbolSource();

  /**
   * The function of that name, as the Go linker writes it, for example {@code
   * net/http.(*conn).serve.func1}.
   */
  Optional<GoFunction> function(String name);

  /** The machine code of a function of this executable. */
  byte[] code(GoFunction function);

  /**
   * The offset in the file of an address, as uprobes want it.
   *
   * @throws IllegalArgumentException if no executable segment holds the address
   */
  long fileOffset(long address);

  /** Where the first executable segment begins; the kernel tells where a process has it. */
  long codeAddress();

  /**
   * Where the memory begins that is zero until the program writes to it: of which the file holds
   * nothing.
   */
  long zeroAddress();

  /** Where that memory ends. */
  long zeroEndAddress();

  /** What the function that begins at an address is called. */
  Optional<String> functionAt(long address);

  /**
   * The copies of a function that the compiler inlined into another: such calls never reach the
   * function's own code. Empty for Go before 1.20.
   */
  List<InlinedCopy> inlinedCopies(GoFunction caller, String function);

  /**
   * The functions into which the compiler inlined copies of others, by the name of the other. All
   * of the executable is looked through, which takes a while. Empty for Go before 1.20.
   */
  Map<String, List<String>> callersWithCopies(Set<String> functions);

  /**
   * The address of the itab that tells an interface value's type.
   *
   * @param type the concrete type, for example {@code *net/http.response}; a named type or a
   *     pointer to one, and no map
   * @param interfaceName for example {@code net/http.ResponseWriter}
   * @return empty if the linker laid none down: then the program makes it while it runs, or never
   */
  OptionalLong itab(String type, String interfaceName);

  /**
   * The named types, and pointers to such, that the program converts to one of some interfaces, by
   * their addresses: {@code *github.com/lib/pq.Error} of {@code error}.
   *
   * @param interfaces their full names
   */
  Map<Long, String> types(Set<String> interfaces);

  /** Offsets of struct fields. */
  StructLayouts structs();

  /**
   * What is odd about the file and costs something, as phrases for the user: a damaged symbol
   * table, unusable DWARF. Grows as more of it is read.
   */
  List<String> notes();

  @Override
  void close();
}
