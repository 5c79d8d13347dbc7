// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.dwarf.DwarfResult;
import io.goshawk.loader.dwarf.DwarfStructs;
import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.UnusableFileException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;

/** Struct layouts from an executable's type data, else from its DWARF, else from the table. */
final class ExecutableStructs implements StructLayouts {

  private final Image image;
  private final Optional<ModuleData> module;
  private final GoVersion version;
  private final Function<StructField, OptionalInt> table;
  private final Consumer<String> notes;
  private final Map<StructField, Optional<FieldOffset>> known = new HashMap<>();
  private final Set<StructField> lacking = new HashSet<>();
  private boolean typesUsable = true;
  private boolean dwarfUsable = true;

  /**
   * @param table what is known of this build's structs without looking into it
   * @param notes is told why type data or DWARF cannot be used
   */
  ExecutableStructs(
      Image image,
      Optional<ModuleData> module,
      GoVersion version,
      Function<StructField, OptionalInt> table,
      Consumer<String> notes) {
    this.image = image;
    this.module = module;
    this.version = version;
    this.table = table;
    this.notes = notes;
  }

  @Override
  public Map<StructField, FieldOffset> offsets(Collection<StructField> fields) {
    return offsetsOfAny(fields.stream().map(List::of).toList());
  }

  @Override
  public Map<StructField, FieldOffset> offsetsOfAny(
      Collection<? extends Collection<StructField>> alternatives) {
    Set<StructField> open = new HashSet<>();
    alternatives.forEach(open::addAll);
    open.removeAll(known.keySet());
    learn(open, types(open), Source.TYPES);
    Set<StructField> wanted = new HashSet<>();
    for (Collection<StructField> places : alternatives) {
      if (places.stream().noneMatch(place -> known.getOrDefault(place, none()).isPresent())) {
        wanted.addAll(places);
      }
    }
    open.retainAll(wanted);
    learn(open, dwarf(open), Source.DWARF);
    for (StructField field : open) {
      OptionalInt bytes = table.apply(field);
      known.put(field, bytes.isPresent() ? of(bytes.getAsInt(), Source.TABLE) : Optional.empty());
    }
    Map<StructField, FieldOffset> offsets = new HashMap<>();
    for (Collection<StructField> places : alternatives) {
      for (StructField place : places) {
        known.getOrDefault(place, none()).ifPresent(offset -> offsets.put(place, offset));
      }
    }
    return offsets;
  }

  @Override
  public boolean lacks(StructField field) {
    return lacking.contains(field);
  }

  private void learn(Set<StructField> open, Map<StructField, Integer> found, Source source) {
    found.forEach((field, bytes) -> known.put(field, of(bytes, source)));
    open.removeAll(found.keySet());
  }

  private Map<StructField, Integer> types(Set<StructField> fields) {
    if (fields.isEmpty() || !typesUsable || module.isEmpty() || !version.atLeast(1, 17)) {
      return Map.of();
    }
    try {
      TypeStructs structs = new TypeStructs(image, module.get(), version);
      Map<StructField, Integer> found = structs.find(fields);
      lacking.addAll(structs.lacking());
      return found;
    } catch (MalformedFileException e) {
      typesUsable = false;
      notes.accept("the type data cannot be used: " + e.getMessage());
      return Map.of();
    } catch (UnusableFileException e) {
      throw new UnusableExecutableException(e);
    }
  }

  private Map<StructField, Integer> dwarf(Set<StructField> fields) {
    if (fields.isEmpty() || !dwarfUsable) {
      return Map.of();
    }
    DwarfResult result =
        UnusableExecutableException.read(() -> DwarfStructs.find(image.elf(), fields));
    if (result instanceof DwarfResult.Read read) {
      return read.offsets();
    }
    dwarfUsable = false;
    if (result instanceof DwarfResult.Unusable unusable) {
      notes.accept("DWARF cannot be used: " + unusable.reason());
    }
    return Map.of();
  }

  private static Optional<FieldOffset> none() {
    return Optional.empty();
  }

  private static Optional<FieldOffset> of(int bytes, Source source) {
    return Optional.of(new FieldOffset(bytes, source));
  }
}
