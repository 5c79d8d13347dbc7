// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.dwarf.StructField;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The structs of a Go program, as Go's own package debug/dwarf reads them. */
public final class GoStructs {

  private GoStructs() {}

  /** Every field that a struct name and a path name without doubt. */
  public static Map<StructField, Integer> of(Path path) {
    Map<StructField, Integer> fields = new HashMap<>();
    Set<StructField> doubtful = new HashSet<>();
    String newest = GoBuild.VERSIONS.get(GoBuild.VERSIONS.size() - 1);
    Path reader = GoBuild.program(newest, List.of(), resource("/go/structs.go"));
    String printed =
        GoBuild.run(path.getParent(), List.of(reader.toString(), path.toString()), Map.of());
    for (String line : printed.split("\n")) {
      String[] f = line.split("\t");
      // Anonymous shapes have fields with dots in their names, which a path cannot tell apart.
      if (f.length != 3 || f[0].contains("struct {") || f[1].endsWith("_")) {
        continue;
      }
      StructField field = new StructField(f[0], f[1]);
      Integer offset = Integer.valueOf(f[2]);
      if (!offset.equals(fields.getOrDefault(field, offset))) {
        doubtful.add(field);
      }
      fields.put(field, offset);
    }
    fields.keySet().removeAll(doubtful);
    return fields;
  }

  private static String resource(String name) {
    try (InputStream in = GoStructs.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
