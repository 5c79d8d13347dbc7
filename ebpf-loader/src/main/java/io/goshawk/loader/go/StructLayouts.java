package io.goshawk.loader.go;

import java.util.Optional;

/** Offsets of the fields of one executable's Go structs. */
public interface StructLayouts {

  /**
   * Where a field lies in its struct.
   *
   * @param struct the type's full name, for example {@code net/http.Request}
   * @param field its name, or a path through embedded values, for example {@code cw.wroteHeader}
   * @return empty if neither the executable nor the layout table knows it
   */
  Optional<FieldOffset> offset(String struct, String field);

  /** An offset in bytes, and who says so. */
  record FieldOffset(int bytes, Source source) {}

  /** Where an offset comes from, the most trusted first. */
  enum Source {
    /** The executable's own DWARF. */
    DWARF,
    /** The table generated from real toolchains and module versions. */
    TABLE
  }
}
