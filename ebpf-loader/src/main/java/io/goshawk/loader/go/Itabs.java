// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.UnusableFileException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The itabs that the linker laid down: one for each conversion of a concrete type to an interface
 * that the compiler saw. Others are made while the program runs and are in no file.
 *
 * <p>Until Go 1.26 {@code moduledata.itablinks} lists them; since 1.27 they lie one behind the
 * other in the type data. An itab is {interface, type, hash, functions…}.
 */
final class Itabs {

  private static final int HEADER_BYTES = 24;

  /** Large programs have some ten thousand. */
  private static final int MAX_ITABS = 200_000;

  private final Image image;
  private final TypeNames names;

  /** By turns: an itab, its interface, its concrete type. */
  private long[] table = new long[3 * 256];

  private int size;
  private final Map<Long, String> interfaces = new HashMap<>();

  private Itabs(Image image, TypeNames names) {
    this.image = image;
    this.names = names;
  }

  /** Reads where they are and what they belong to. */
  static Itabs read(Image image, ModuleData module, GoVersion version)
      throws UnusableFileException {
    TypeNames names = new TypeNames(image, module.typeData(image, version).address());
    Itabs itabs = new Itabs(image, names);
    if (version.atLeast(1, 27)) {
      itabs.addContiguous(module.itabs(image));
    } else {
      itabs.addListed(module.itabLinks(image, version));
    }
    return itabs;
  }

  /** Address of the itab of a concrete type and an interface; empty if the linker made none. */
  OptionalLong find(String type, String interfaceName) throws UnusableFileException {
    for (int i = 0; i < size; i += 3) {
      if (nameOfInterface(table[i + 1]).equals(interfaceName)
          && names.of(table[i + 2]).equals(type)) {
        return OptionalLong.of(table[i]);
      }
    }
    return OptionalLong.empty();
  }

  /** Addresses and names of the named types that have an itab for one of those interfaces. */
  Map<Long, String> types(Set<String> wanted) throws UnusableFileException {
    Map<Long, String> types = new HashMap<>();
    for (int i = 0; i < size; i += 3) {
      long type = table[i + 2];
      if (!types.containsKey(type) && wanted.contains(nameOfInterface(table[i + 1]))) {
        String name = names.of(type);
        if (!name.isEmpty()) {
          types.put(type, name);
        }
      }
    }
    return types;
  }

  private String nameOfInterface(long type) throws UnusableFileException {
    String known = interfaces.get(type);
    if (known == null) {
      known = names.ofInterface(type);
      interfaces.put(type, known);
    }
    return known;
  }

  private void addListed(ModuleData.Slice links) throws UnusableFileException {
    for (long i = 0; i < Math.min(links.length(), MAX_ITABS); i++) {
      add(image.pointer(links.address() + 8 * i));
    }
  }

  private void addContiguous(ModuleData.Slice area) throws UnusableFileException {
    long end = area.address() + area.length();
    long itab = area.address();
    for (int i = 0; itab < end && i < MAX_ITABS; i++) {
      add(itab);
      long methods = names.methods(table[size - 2]);
      if (methods < 0 || methods > 1 << 16) {
        throw new MalformedFileException(
            image.offset(itab), "an itab of an interface of " + methods + " methods");
      }
      // One that stands for "does not implement" has no functions but the first, which is 0.
      boolean empty = image.pointer(itab + HEADER_BYTES) == 0;
      itab += HEADER_BYTES + 8 * (empty ? 1 : Math.max(1, methods));
    }
  }

  private void add(long itab) throws UnusableFileException {
    if (size == table.length) {
      image.elf().file().budget().reserve(2L * 8 * size, size / 3 + " itabs");
      table = Arrays.copyOf(table, 2 * size);
    }
    table[size++] = itab;
    table[size++] = image.pointer(itab);
    table[size++] = image.pointer(itab + 8);
  }
}
