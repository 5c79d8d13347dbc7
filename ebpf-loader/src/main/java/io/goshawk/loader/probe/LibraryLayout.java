// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.abi.LayoutField;
import io.goshawk.abi.MapLayout;
import java.util.List;

/**
 * What the programs of a library are told about an executable: one value for each binary.
 *
 * @param map where the values are, for example {@link MapLayout#HTTP_SERVER_LAYOUT}
 * @param fields of a value; those that end in {@code reserved} are of no concern
 */
public record LibraryLayout(MapLayout map, List<LayoutField> fields) {

  private static final String SUFFIX = "_layout";

  public LibraryLayout {
    fields = fields.stream().filter(field -> !field.name().endsWith("reserved")).toList();
    if (!map.mapName().endsWith(SUFFIX)) {
      throw new IllegalArgumentException("map " + map.mapName() + " holds no layouts");
    }
  }

  /** What the names of its members begin with, for example {@code http_server.}. */
  String prefix() {
    String name = map.mapName();
    return name.substring(0, name.length() - SUFFIX.length()) + ".";
  }
}
