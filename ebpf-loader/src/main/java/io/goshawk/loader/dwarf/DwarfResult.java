// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.dwarf;

import java.util.Map;

/** What an executable's DWARF says about some fields. */
public sealed interface DwarfResult {

  /**
   * It was read to the end.
   *
   * @param offsets in bytes, of those fields that it describes without contradiction
   */
  record Read(Map<StructField, Integer> offsets) implements DwarfResult {
    public Read {
      offsets = Map.copyOf(offsets);
    }
  }

  /** There is none, as after {@code -ldflags=-w} or strip. */
  record Absent() implements DwarfResult {}

  /**
   * It cannot be read, or not within reason.
   *
   * @param reason what is wrong, and where
   */
  record Unusable(String reason) implements DwarfResult {}
}
