package io.goshawk.loader.go;

import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.MalformedFileException;
import java.util.OptionalLong;

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
    return version.atLeast(1, 27) ? contiguous(type, interfaceName) : listed(type, interfaceName);
  }

  private OptionalLong listed(String type, String interfaceName) throws MalformedFileException {
    ModuleData.Slice links = module.itabLinks(image, version);
    for (long i = 0; i < Math.min(links.length(), MAX_ITABS); i++) {
      long itab = image.pointer(links.address() + 8 * i);
      if (matches(itab, type, interfaceName)) {
        return OptionalLong.of(itab);
      }
    }
    return OptionalLong.empty();
  }

  private OptionalLong contiguous(String type, String interfaceName) throws MalformedFileException {
    ModuleData.Slice area = module.itabs(image);
    long end = area.address() + area.length();
    long itab = area.address();
    for (int i = 0; itab < end && i < MAX_ITABS; i++) {
      if (matches(itab, type, interfaceName)) {
        return OptionalLong.of(itab);
      }
      long methods = names.methods(image.pointer(itab));
      if (methods < 0 || methods > 1 << 16) {
        throw new MalformedFileException(
            image.offset(itab), "an itab of an interface of " + methods + " methods");
      }
      // One that stands for "does not implement" has no functions but the first, which is 0.
      boolean empty = image.pointer(itab + HEADER_BYTES) == 0;
      itab += HEADER_BYTES + 8 * (empty ? 1 : Math.max(1, methods));
    }
    return OptionalLong.empty();
  }

  private boolean matches(long itab, String type, String interfaceName)
      throws MalformedFileException {
    return names.ofInterface(image.pointer(itab)).equals(interfaceName)
        && names.of(image.pointer(itab + 8)).equals(type);
  }
}
