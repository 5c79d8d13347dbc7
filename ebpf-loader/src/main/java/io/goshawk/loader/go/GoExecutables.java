package io.goshawk.loader.go;

import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.elf.ElfFile;
import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.MappedFile;
import io.goshawk.loader.elf.SymbolTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/** Opens Go executables. */
public final class GoExecutables {

  private GoExecutables() {}

  /**
   * Reads headers, build info and the function table of a file.
   *
   * @param path a regular file; {@code /proc/PID/exe} opens what a process runs even after the file
   *     was replaced or deleted
   */
  public static OpenResult open(Path path) {
    try {
      // Opening a pipe would wait for its other end.
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        return new OpenResult.Unreadable(path + " is not a regular file");
      }
      return open(MappedFile.open(path));
    } catch (NoSuchFileException e) {
      return new OpenResult.Unreadable("no such file: " + path);
    } catch (AccessDeniedException e) {
      return new OpenResult.Unreadable(
          "no permission to read " + path + "; run as its owner or as root");
    } catch (IOException e) {
      return new OpenResult.Unreadable("cannot read " + path + ": " + e.getMessage());
    }
  }

  private static OpenResult open(MappedFile file) {
    boolean opened = false;
    try {
      OpenResult result = read(file);
      opened = result instanceof OpenResult.Opened;
      return result;
    } catch (MalformedFileException e) {
      return new OpenResult.Malformed(e.offset(), e.reason());
    } catch (UncheckedIOException e) {
      return new OpenResult.Unreadable("cannot read the file: " + e.getCause().getMessage());
    } catch (InternalError e) {
      return new OpenResult.Unreadable(ChangedFile.cutShort(e).getCause().getMessage());
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  private static OpenResult read(MappedFile file) throws MalformedFileException {
    if (file.size() == 0) {
      return new OpenResult.NotGo("an empty file");
    }
    if (!ElfFile.hasMagic(file)) {
      boolean script = file.size() >= 2 && file.u16(0) == ('#' | '!' << 8);
      return new OpenResult.NotGo(script ? "a script, not an ELF file" : "not an ELF file");
    }
    if (!ElfFile.is64BitLittleEndian(file)) {
      return new OpenResult.NotGo("an ELF file for a 32-bit or big-endian machine");
    }
    ElfFile elf = ElfFile.parse(file);
    Architecture architecture;
    switch (elf.machine()) {
      case ElfFile.MACHINE_AMD64 -> architecture = Architecture.AMD64;
      case ElfFile.MACHINE_ARM64 -> architecture = Architecture.ARM64;
      default -> {
        return new OpenResult.NotGo("an ELF file for machine " + elf.machine());
      }
    }
    Image image = new Image(elf);
    Optional<BuildInfo> info = BuildInfoReader.read(image);
    Optional<PcLnTab> table = PcLnTab.find(image);
    if (table.isEmpty()) {
      return new OpenResult.NotGo(
          info.isPresent()
              ? "built by Go, but without the function table of Go 1.18 or newer"
              : "neither Go build info nor a Go function table in it");
    }
    BuildInfo build = info.orElse(BuildInfo.EMPTY);
    GoVersion version = GoVersion.parse(build.goVersion()).orElse(GoVersion.UNKNOWN);
    List<String> notes = new ArrayList<>();
    FunctionTable functions = functions(elf, table.get(), notes);
    Function<StructField, OptionalInt> layouts =
        LayoutTable.builtIn().of(version, build, notes::add);
    return new OpenResult.Opened(
        new MappedGoExecutable(
            image, architecture, build, version, functions, table.get(), layouts, notes));
  }

  /** The symbol table if it is there and sound, as its sizes are exact; else the pclntab. */
  private static FunctionTable functions(ElfFile elf, PcLnTab table, List<String> notes)
      throws MalformedFileException {
    try {
      Optional<SymbolTable> symbols = SymbolTable.of(elf);
      if (symbols.isPresent()) {
        SymtabFunctions functions = SymtabFunctions.index(elf, symbols.get());
        // One that lost its Go functions to objcopy or strip is no better than none.
        if (functions.count() >= table.count() / 2) {
          return functions;
        }
      }
    } catch (MalformedFileException e) {
      // The kernel never looks at it, so a damaged one does not stop the program from running.
      notes.add(
          "the symbol table cannot be used, at file offset 0x%x: %s"
              .formatted(e.offset(), e.reason()));
    }
    return PclntabFunctions.index(elf.file(), table);
  }
}
