package io.goshawk.loader.go;

import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.Segment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/** A Go executable read from a mapped file. */
final class MappedGoExecutable implements GoExecutable {

  /** Far above any function that a compiler finishes. */
  private static final int MAX_CODE_BYTES = 8 << 20;

  private final Image image;
  private final Architecture architecture;
  private final BuildInfo buildInfo;
  private final GoVersion version;
  private final FunctionTable functions;
  private final PcLnTab table;
  private final List<String> notes;
  private final StructLayouts structs;

  MappedGoExecutable(
      Image image,
      Architecture architecture,
      BuildInfo buildInfo,
      GoVersion version,
      FunctionTable functions,
      PcLnTab table,
      Function<StructField, OptionalInt> layoutTable,
      List<String> notes) {
    this.image = image;
    this.architecture = architecture;
    this.buildInfo = buildInfo;
    this.version = version;
    this.functions = functions;
    this.table = table;
    this.notes = notes;
    this.structs = new ExecutableStructs(image.elf(), layoutTable, this.notes::add);
  }

  @Override
  public GoVersion version() {
    return version;
  }

  @Override
  public BuildInfo buildInfo() {
    return buildInfo;
  }

  @Override
  public Architecture architecture() {
    return architecture;
  }

  @Override
  public boolean positionIndependent() {
    return image.elf().positionIndependent();
  }

  @Override
  public SymbolSource symbolSource() {
    return functions.source();
  }

  @Override
  public Optional<GoFunction> function(String name) {
    return functions.function(name);
  }

  @Override
  public byte[] code(GoFunction function) {
    Segment text = text(function.address());
    long available = text.fileBytes() - (function.address() - text.address());
    if (function.size() < 0 || function.size() > Math.min(available, MAX_CODE_BYTES)) {
      throw new IllegalArgumentException(
          function + " is longer than its segment or than " + MAX_CODE_BYTES + " bytes");
    }
    return ChangedFile.read(
        () -> image.elf().file().bytes(fileOffset(function.address()), (int) function.size()));
  }

  @Override
  public long fileOffset(long address) {
    Segment text = text(address);
    return address - text.address() + text.offset();
  }

  @Override
  public OptionalLong itab(String type, String interfaceName) {
    Optional<ModuleData> module = table.module();
    return module.isEmpty()
        ? OptionalLong.empty()
        : noted(
            "the itabs cannot be read",
            () -> new Itabs(image, module.get(), version).find(type, interfaceName),
            OptionalLong.empty());
  }

  @Override
  public Map<Long, String> types(Set<String> interfaces) {
    Optional<ModuleData> module = table.module();
    return module.isEmpty()
        ? Map.of()
        : noted(
            "the itabs cannot be read",
            () -> new Itabs(image, module.get(), version).types(interfaces),
            Map.of());
  }

  @Override
  public Optional<String> functionAt(long address) {
    return noted("the pclntab cannot be read", () -> table.nameAt(address), Optional.empty());
  }

  @Override
  public List<InlinedCopy> inlinedCopies(GoFunction caller, String function) {
    Optional<ModuleData> module = table.module();
    return module.isEmpty() || !version.atLeast(1, 20)
        ? List.of()
        : noted(
            "the inline trees cannot be read",
            () ->
                new InlineTree(image, table, module.get(), version)
                    .copies(caller.address(), function),
            List.of());
  }

  /** Reads what the executable can be used without. */
  private <T> T noted(String failure, ChangedFile.Reading<T> reading, T otherwise) {
    try {
      return reading.get();
    } catch (MalformedFileException e) {
      notes.add("%s, at file offset 0x%x: %s".formatted(failure, e.offset(), e.reason()));
      return otherwise;
    } catch (InternalError e) {
      throw ChangedFile.cutShort(e);
    }
  }

  @Override
  public StructLayouts structs() {
    return structs;
  }

  @Override
  public List<String> notes() {
    return List.copyOf(notes);
  }

  @Override
  public void close() {
    image.elf().file().close();
  }

  private Segment text(long address) {
    return image
        .elf()
        .segmentHolding(address)
        .filter(Segment::executable)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no executable segment holds address 0x" + Long.toHexString(address)));
  }
}
