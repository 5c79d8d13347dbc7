package io.goshawk.loader.go;

import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.MalformedFileException;
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
  private final ModuleData module;
  private final GoVersion version;
  private final TypeNames names;

  Itabs(Image image, ModuleData module, GoVersion version) throws MalformedFileException {
    this.image = image;
    this.module = module;
    this.version = version;
    this.names = new TypeNames(image, module.types(image));
  }

  /** Address of the itab of a concrete type and an interface; empty if the linker made none. */
  OptionalLong find(String type, String interfaceName) throws MalformedFileException {
    long[] found = new long[1];
    walk(
        itab -> {
          found[0] = matches(itab, type, interfaceName) ? itab : 0;
          return found[0] == 0;
        });
    return found[0] == 0 ? OptionalLong.empty() : OptionalLong.of(found[0]);
  }

  /** Addresses and names of the named types that have an itab for one of those interfaces. */
  Map<Long, String> types(Set<String> interfaces) throws MalformedFileException {
    Map<Long, String> types = new HashMap<>();
    Map<Long, Boolean> wanted = new HashMap<>();
    walk(
        itab -> {
          long interfaceType = image.pointer(itab);
          Boolean isWanted = wanted.get(interfaceType);
          if (isWanted == null) {
            isWanted = interfaces.contains(names.ofInterface(interfaceType));
            wanted.put(interfaceType, isWanted);
          }
          long type = image.pointer(itab + 8);
          if (isWanted && !types.containsKey(type)) {
            String name = names.of(type);
            if (!name.isEmpty()) {
              types.put(type, name);
            }
          }
          return true;
        });
    return types;
  }

  /** Says whether it wants the next itab. */
  @FunctionalInterface
  private interface Visitor {
    boolean visit(long itab) throws MalformedFileException;
  }

  private void walk(Visitor visitor) throws MalformedFileException {
    if (version.atLeast(1, 27)) {
      walkArea(visitor);
    } else {
      walkList(visitor);
    }
  }

  private void walkList(Visitor visitor) throws MalformedFileException {
    ModuleData.Slice links = module.itabLinks(image, version);
    for (long i = 0; i < Math.min(links.length(), MAX_ITABS); i++) {
      if (!visitor.visit(image.pointer(links.address() + 8 * i))) {
        return;
      }
    }
  }

  private void walkArea(Visitor visitor) throws MalformedFileException {
    ModuleData.Slice area = module.itabs(image);
    long end = area.address() + area.length();
    long itab = area.address();
    for (int i = 0; itab < end && i < MAX_ITABS && visitor.visit(itab); i++) {
      long methods = names.methods(image.pointer(itab));
      if (methods < 0 || methods > 1 << 16) {
        throw new MalformedFileException(
            image.offset(itab), "an itab of an interface of " + methods + " methods");
      }
      // One that stands for "does not implement" has no functions but the first, which is 0.
      boolean empty = image.pointer(itab + HEADER_BYTES) == 0;
      itab += HEADER_BYTES + 8 * (empty ? 1 : Math.max(1, methods));
    }
  }

  private boolean matches(long itab, String type, String interfaceName)
      throws MalformedFileException {
    return names.ofInterface(image.pointer(itab)).equals(interfaceName)
        && names.of(image.pointer(itab + 8)).equals(type);
  }
}
