package io.goshawk.loader.go;

import io.goshawk.loader.dwarf.DwarfResult;
import io.goshawk.loader.dwarf.DwarfStructs;
import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.elf.ElfFile;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Function;

/** Struct layouts from an executable's DWARF, else from the layout table. */
final class ExecutableStructs implements StructLayouts {

  private final ElfFile elf;
  private final Function<StructField, OptionalInt> table;
  private final Consumer<String> notes;
  private final Map<StructField, Optional<FieldOffset>> known = new HashMap<>();
  private boolean dwarfUsable = true;

  /**
   * @param table what is known of this build's structs without looking into it
   * @param notes is told why DWARF cannot be used
   */
  ExecutableStructs(ElfFile elf, Function<StructField, OptionalInt> table, Consumer<String> notes) {
    this.elf = elf;
    this.table = table;
    this.notes = notes;
  }

  @Override
  public Map<StructField, FieldOffset> offsets(Collection<StructField> fields) {
    List<StructField> open = fields.stream().filter(f -> !known.containsKey(f)).distinct().toList();
    if (!open.isEmpty()) {
      Map<StructField, Integer> described = dwarfUsable ? dwarf(open) : Map.of();
      for (StructField field : open) {
        Integer bytes = described.get(field);
        known.put(field, bytes == null ? fromTable(field) : of(bytes, Source.DWARF));
      }
    }
    Map<StructField, FieldOffset> offsets = new HashMap<>();
    fields.forEach(f -> known.get(f).ifPresent(offset -> offsets.put(f, offset)));
    return offsets;
  }

  private Map<StructField, Integer> dwarf(List<StructField> fields) {
    DwarfResult result = ChangedFile.read(() -> DwarfStructs.find(elf, fields));
    if (result instanceof DwarfResult.Read read) {
      return read.offsets();
    }
    dwarfUsable = false;
    if (result instanceof DwarfResult.Unusable unusable) {
      notes.accept(
          "DWARF cannot be used, at file offset 0x%x: %s"
              .formatted(unusable.offset(), unusable.reason()));
    }
    return Map.of();
  }

  private Optional<FieldOffset> fromTable(StructField field) {
    OptionalInt bytes = table.apply(field);
    return bytes.isPresent() ? of(bytes.getAsInt(), Source.TABLE) : Optional.empty();
  }

  private static Optional<FieldOffset> of(int bytes, Source source) {
    return Optional.of(new FieldOffset(bytes, source));
  }
}
