// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.elf.BinaryFile;
import io.goshawk.loader.elf.Budget;
import io.goshawk.loader.elf.ElfFile;
import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.SymbolTable;
import io.goshawk.loader.elf.UnreadableFileException;
import io.goshawk.loader.elf.UnusableFileException;
import java.io.IOException;
import java.nio.channels.FileChannel;
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
   * Opens an executable, lets it be looked at, and closes it. Whatever the file does wrong, at the
   * opening or later, is a result that is handed to {@code look}, if need be in a second call.
   */
  public static <T> T examine(Path path, Budget budget, Function<OpenResult, T> look) {
    return examine(open(path, budget), look);
  }

  /** The same of a file that is open and stays so. */
  public static <T> T examine(FileChannel file, Budget budget, Function<OpenResult, T> look) {
    return examine(open(file, budget), look);
  }

  private static <T> T examine(OpenResult result, Function<OpenResult, T> look) {
    if (!(result instanceof OpenResult.Opened opened)) {
      return look.apply(result);
    }
    OpenResult otherwise;
    GoExecutable executable = opened.executable();
    try (executable) {
      return look.apply(result);
    } catch (UnusableExecutableException e) {
      otherwise = e.result();
    } catch (OutOfMemoryError e) {
      otherwise = outOfMemory();
    }
    return look.apply(otherwise);
  }

  /** Opens a file within the usual budget. */
  public static OpenResult open(Path path) {
    return open(path, Budget.usual());
  }

  /**
   * Reads headers, build info and the function table of a file.
   *
   * @param path a regular file; {@code /proc/PID/exe} opens what a process runs even after the file
   *     was replaced or deleted
   * @param budget for this and all that will be asked of the executable
   */
  public static OpenResult open(Path path, Budget budget) {
    try {
      // Opening a pipe would wait for its other end.
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        return new OpenResult.Unreadable(path + " is not a regular file");
      }
      return open(BinaryFile.open(path, budget));
    } catch (NoSuchFileException e) {
      return new OpenResult.Unreadable("no such file: " + path);
    } catch (AccessDeniedException e) {
      return new OpenResult.Unreadable(
          "no permission to read " + path + "; run as its owner or as root");
    } catch (IOException e) {
      return new OpenResult.Unreadable("cannot read " + path + ": " + e.getMessage());
    }
  }

  /** The same of a regular file that is open; it stays the caller's to close. */
  public static OpenResult open(FileChannel file, Budget budget) {
    try {
      return open(BinaryFile.of(file, budget));
    } catch (IOException e) {
      return OpenResult.of(new UnreadableFileException(String.valueOf(e.getMessage())));
    }
  }

  private static OpenResult open(BinaryFile file) {
    OpenResult result;
    try {
      result = read(file);
    } catch (UnusableFileException e) {
      result = OpenResult.of(e);
    } catch (OutOfMemoryError e) {
      result = outOfMemory();
    }
    if (!(result instanceof OpenResult.Opened)) {
      file.close();
    }
    return result;
  }

  /** The budget asks before it takes; but others take heap meanwhile. */
  private static OpenResult outOfMemory() {
    return new OpenResult.TooCostly("there is too little memory left to read it");
  }

  private static OpenResult read(BinaryFile file) throws UnusableFileException {
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
              ? "built by Go, but without the function table of Go 1.17 or newer"
              : "neither Go build info nor a Go function table in it");
    }
    BuildInfo build = info.orElse(BuildInfo.EMPTY);
    GoVersion version = GoVersion.parse(build.goVersion()).orElse(GoVersion.UNKNOWN);
    if (!hasRegisterArguments(architecture, version, build, table.get())) {
      return new OpenResult.NotGo(
          "built with "
              + (version.equals(GoVersion.UNKNOWN) ? "Go" : version.text())
              + ", which has function arguments on the stack and not in registers; it needs Go 1.17 or"
              + " newer, and not GOEXPERIMENT=noregabiargs");
    }
    List<String> notes = new ArrayList<>();
    FunctionTable functions = functions(elf, table.get(), notes);
    Function<StructField, OptionalInt> layouts =
        LayoutTable.builtIn().of(version, build, notes::add);
    return new OpenResult.Opened(
        new GoExecutableFile(
            image, architecture, build, version, functions, table.get(), layouts, notes));
  }

  /**
   * Whether arguments are where probes look for them (Go's {@code internal/buildcfg/exp.go}). What
   * does not say its release is one that has them by its function table, unless that is of Go 1.16
   * or 1.17.
   */
  private static boolean hasRegisterArguments(
      Architecture architecture, GoVersion version, BuildInfo build, PcLnTab table) {
    boolean known =
        version.equals(GoVersion.UNKNOWN)
            ? !table.hasAddresses()
            : version.atLeast(1, architecture == Architecture.AMD64 ? 17 : 18);
    return known && !build.experiments().contains("noregabiargs");
  }

  /** The symbol table if it is there and sound, as its sizes are exact; else the pclntab. */
  private static FunctionTable functions(ElfFile elf, PcLnTab table, List<String> notes)
      throws UnusableFileException {
    try {
      Optional<SymbolTable> symbols = SymbolTable.of(elf);
      if (symbols.isPresent()) {
        SymtabFunctions functions = SymtabFunctions.index(elf, symbols.get());
        // One that lost its Go functions to objcopy or strip is no better than none.
        if (functions.count() >= table.count() / 2) {
          return functions;
        }
      }
    } catch (UnreadableFileException e) {
      throw e;
    } catch (UnusableFileException e) {
      // The kernel never looks at it, so a damaged one does not stop the program from running.
      notes.add("the symbol table cannot be used: " + e.getMessage());
    }
    return PclntabFunctions.index(elf.file(), table);
  }
}
