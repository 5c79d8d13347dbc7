// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.dwarf.StructField;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Offsets of the fields of one executable's Go structs. */
public interface StructLayouts {

  /**
   * Looks up any number of fields together: if the type data does not have them all, that takes one
   * pass over the executable's DWARF, up to a second. What was asked before is remembered.
   *
   * @return an entry for each field that the executable or the layout table knows
   */
  Map<StructField, FieldOffset> offsets(Collection<StructField> fields);

  /**
   * Where a field lies in its struct. Who needs several asks for them together by {@link #offsets}
   * first.
   *
   * @param struct the type's full name, for example {@code net/http.Request}
   * @param field its name, or a path through embedded values, for example {@code cw.wroteHeader}
   * @return empty if neither the executable nor the layout table knows it
   */
  default Optional<FieldOffset> offset(String struct, String field) {
    StructField wanted = new StructField(struct, field);
    return Optional.ofNullable(offsets(List.of(wanted)).get(wanted));
  }

  /**
   * Looks up fields that may be in one of several places, depending on releases: all places of a
   * field that is known in one of them need not be looked for in DWARF.
   *
   * @param alternatives for each field its places
   */
  default Map<StructField, FieldOffset> offsetsOfAny(
      Collection<? extends Collection<StructField>> alternatives) {
    return offsets(alternatives.stream().flatMap(Collection::stream).toList());
  }

  /**
   * Whether the executable's own type data has the struct, and without such a field, so that nobody
   * can know it.
   *
   * @param field one whose offset was asked for
   */
  default boolean lacks(StructField field) {
    return false;
  }

  /** An offset in bytes, and who says so. */
  record FieldOffset(int bytes, Source source) {}

  /** Where an offset comes from, the most trusted first. */
  enum Source {
    /** The executable's own type data, which its runtime goes by. */
    TYPES,
    /** The executable's own DWARF. */
    DWARF,
    /** The table generated from real toolchains and module versions. */
    TABLE
  }
}
