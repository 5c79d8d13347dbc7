// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.dwarf;

import java.util.List;

/**
 * A field of a struct type.
 *
 * @param struct the type's full name, for example {@code net/http.Request}
 * @param path the field's name, or a path through embedded values, for example {@code
 *     cw.wroteHeader}
 */
public record StructField(String struct, String path) {

  public StructField {
    if (struct.isEmpty() || path.isEmpty()) {
      throw new IllegalArgumentException(
          "a field needs two names, not '" + struct + "', '" + path + "'");
    }
  }

  /** The names along the path. */
  public List<String> steps() {
    return List.of(path.split("\\."));
  }

  @Override
  public String toString() {
    return struct + "." + path;
  }
}
