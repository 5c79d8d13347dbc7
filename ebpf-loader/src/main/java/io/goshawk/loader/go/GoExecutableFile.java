// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.Segment;
import io.goshawk.loader.elf.UnusableFileException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A Go executable read from its file. */
final class GoExecutableFile implements GoExecutable {

  /** A hundred times the largest function that has a probe. */
  private static final int MAX_CODE_BYTES = 1 << 18;

  private final Image image;
  private final Architecture architecture;
  private final BuildInfo buildInfo;
  private final GoVersion version;
  private final FunctionTable functions;
  private final PcLnTab table;
  private final List<String> notes;
  private final StructLayouts structs;
  private @Nullable Itabs itabs;

  GoExecutableFile(
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
    this.structs =
        new ExecutableStructs(image, table.module(), version, layoutTable, this.notes::add);
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
    return UnusableExecutableException.read(
        () -> {
          long offset = fileOffset(function.address());
          if (function.size() < 0 || function.size() > Math.min(available, MAX_CODE_BYTES)) {
            throw new MalformedFileException(
                offset, function.name() + " has " + function.size() + " bytes of code");
          }
          return image.elf().file().bytes(offset, (int) function.size());
        });
  }

  @Override
  public long fileOffset(long address) {
    Segment text = text(address);
    return address - text.address() + text.offset();
  }

  @Override
  public long codeAddress() {
    return image.elf().segments().stream()
        .filter(Segment::executable)
        .mapToLong(Segment::address)
        .min()
        .orElse(0);
  }

  @Override
  public long zeroAddress() {
    return zeroes().map(segment -> segment.address() + segment.fileBytes()).orElse(0L);
  }

  @Override
  public long zeroEndAddress() {
    return zeroes().map(segment -> segment.address() + segment.memoryBytes()).orElse(0L);
  }

  /** The segment that has variables which are zero at first. */
  private Optional<Segment> zeroes() {
    return image.elf().segments().stream()
        .filter(segment -> segment.writable() && segment.memoryBytes() > segment.fileBytes())
        .findFirst();
  }

  @Override
  public OptionalLong itab(String type, String interfaceName) {
    Optional<ModuleData> module = table.module();
    return module.isEmpty()
        ? OptionalLong.empty()
        : noted(
            "the itabs cannot be read",
            () -> itabs(module.get()).find(type, interfaceName),
            OptionalLong.empty());
  }

  private Itabs itabs(ModuleData module) throws UnusableFileException {
    Itabs known = itabs;
    if (known == null) {
      known = Itabs.read(image, module, version);
      itabs = known;
    }
    return known;
  }

  @Override
  public Map<Long, String> types(Set<String> interfaces) {
    Optional<ModuleData> module = table.module();
    return module.isEmpty()
        ? Map.of()
        : noted("the itabs cannot be read", () -> itabs(module.get()).types(interfaces), Map.of());
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

  @Override
  public Map<String, List<String>> callersWithCopies(Set<String> functions) {
    Optional<ModuleData> module = table.module();
    return module.isEmpty() || !version.atLeast(1, 20)
        ? Map.of()
        : noted(
            "the inline trees cannot be read",
            () -> new InlineTree(image, table, module.get(), version).callers(functions),
            Map.of());
  }

  /** Reads what the executable can be used without. */
  private <T> T noted(String failure, UnusableExecutableException.Reading<T> reading, T otherwise) {
    try {
      return reading.get();
    } catch (MalformedFileException e) {
      notes.add(failure + ": " + e.getMessage());
      return otherwise;
    } catch (UnusableFileException e) {
      throw new UnusableExecutableException(e);
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
