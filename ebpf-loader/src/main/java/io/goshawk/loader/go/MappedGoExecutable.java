package io.goshawk.loader.go;

import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.Segment;
import java.util.Optional;

/** A Go executable read from a mapped file. */
final class MappedGoExecutable implements GoExecutable {

  /** Far above any function that a compiler finishes. */
  private static final int MAX_CODE_BYTES = 8 << 20;

  private final Image image;
  private final Architecture architecture;
  private final BuildInfo buildInfo;
  private final GoVersion version;
  private final FunctionTable functions;

  MappedGoExecutable(
      Image image,
      Architecture architecture,
      BuildInfo buildInfo,
      GoVersion version,
      FunctionTable functions) {
    this.image = image;
    this.architecture = architecture;
    this.buildInfo = buildInfo;
    this.version = version;
    this.functions = functions;
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
    try {
      return image.elf().file().bytes(fileOffset(function.address()), (int) function.size());
    } catch (MalformedFileException e) {
      throw ChangedFile.since(e);
    }
  }

  @Override
  public long fileOffset(long address) {
    Segment text = text(address);
    return address - text.address() + text.offset();
  }

  @Override
  public StructLayouts structs() {
    return (struct, field) -> Optional.empty();
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
