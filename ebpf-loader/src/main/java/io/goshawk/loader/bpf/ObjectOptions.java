// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How an object is opened.
 *
 * @param mapEntries entries of maps by name, bytes of ring buffers, where they differ from the
 *     object's own
 * @param constants values of 32-bit constants, by the section of the object that each has for
 *     itself: what the verifier knows when it loads the programs
 * @param without programs that are not to be loaded
 * @param uprobes how its uprobe programs will be attached
 */
public record ObjectOptions(
    Map<String, Integer> mapEntries,
    Map<String, Integer> constants,
    Set<String> without,
    Uprobes uprobes) {

  /** The object as it was compiled. */
  public static final ObjectOptions DEFAULT =
      new ObjectOptions(Map.of(), Map.of(), Set.of(), Uprobes.BEST);

  public ObjectOptions {
    mapEntries = Map.copyOf(mapEntries);
    constants = Map.copyOf(constants);
    without = Set.copyOf(without);
    mapEntries.forEach(
        (map, entries) -> {
          if (entries <= 0) {
            throw new IllegalArgumentException("map " + map + " with " + entries + " entries");
          }
        });
  }

  /** A way of attaching uprobe programs; the kernel wants it chosen before they are loaded. */
  public enum Uprobes {
    /** {@link #MULTI} where the kernel has it, else {@link #SINGLE}. */
    BEST,
    /** One link for all sites of a program. */
    MULTI,
    /** One perf event for each site. */
    SINGLE
  }

  /** With a map of that many entries; for a ring buffer, bytes: a power of two of whole pages. */
  public ObjectOptions withMapEntries(String map, int entries) {
    Map<String, Integer> changed = new HashMap<>(mapEntries);
    changed.put(map, entries);
    return new ObjectOptions(changed, constants, without, uprobes);
  }

  /** With another value of a constant. */
  public ObjectOptions withConstant(String section, int value) {
    Map<String, Integer> changed = new HashMap<>(constants);
    changed.put(section, value);
    return new ObjectOptions(mapEntries, changed, without, uprobes);
  }

  /** Without a program. */
  public ObjectOptions without(String program) {
    return without(Set.of(program));
  }

  /** Without some programs. */
  public ObjectOptions without(Set<String> programs) {
    Set<String> changed = new HashSet<>(without);
    changed.addAll(programs);
    return new ObjectOptions(mapEntries, constants, changed, uprobes);
  }

  /** With another way of attaching uprobe programs. */
  public ObjectOptions withUprobes(Uprobes way) {
    return new ObjectOptions(mapEntries, constants, without, way);
  }
}
