// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.UnusableFileException;
import java.nio.charset.StandardCharsets;

/**
 * Full names of the types in an executable's type data, for example {@code *net/http.response}.
 *
 * <p>Layouts are those of Go's {@code internal/abi/type.go}, the same from Go 1.17 to 1.27 but for
 * maps: 48 bytes common to all types, what the kind adds, then the uncommon part with the package.
 */
final class TypeNames {

  static final int COMMON_BYTES = 48;
  private static final int OFFSET_FLAGS = 20;
  private static final int OFFSET_KIND = 23;
  static final int OFFSET_NAME = 40;
  private static final int FLAG_UNCOMMON = 1;
  private static final int FLAG_EXTRA_STAR = 2;
  private static final int FLAG_NAMED = 4;
  private static final int KIND_MASK = 31;
  private static final int KIND_ARRAY = 17;
  private static final int KIND_CHAN = 18;
  private static final int KIND_FUNC = 19;
  private static final int KIND_INTERFACE = 20;
  private static final int KIND_MAP = 21;
  private static final int KIND_POINTER = 22;
  private static final int KIND_SLICE = 23;
  private static final int KIND_STRUCT = 25;
  private static final int MAX_NAME_BYTES = 4096;

  private final Image image;
  private final long types;

  /**
   * @param types what the offsets of names count from, {@code moduledata.types}
   */
  TypeNames(Image image, long types) {
    this.image = image;
    this.types = types;
  }

  /** The full name of an interface type; {@code error} has no package. */
  String ofInterface(long type) throws UnusableFileException {
    long packagePath = image.pointer(type + COMMON_BYTES);
    return qualified(packagePath == 0 ? "" : text(packagePath), name(type));
  }

  /** The full name of a named type, or of a pointer to one; empty if it is neither. */
  String of(long type) throws UnusableFileException {
    int kind = kind(type);
    boolean pointer = kind == KIND_POINTER && (flags(type) & FLAG_NAMED) == 0;
    long named = pointer ? image.pointer(type + COMMON_BYTES) : type;
    int flags = flags(named);
    if ((flags & FLAG_NAMED) == 0) {
      return "";
    }
    int uncommon = uncommon(kind(named));
    if ((flags & FLAG_UNCOMMON) == 0 || uncommon < 0) {
      return "";
    }
    long packageName = image.u32(named + uncommon);
    String path = packageName == 0 ? "" : text(types + packageName);
    return (pointer ? "*" : "") + qualified(path, name(named));
  }

  /** Whether a type is a struct. */
  boolean isStruct(long type) throws UnusableFileException {
    return kind(type) == KIND_STRUCT;
  }

  /** Whether what lies in an array may be the descriptor of a struct type that has a name. */
  static boolean isStruct(byte[] bytes, int at) {
    return (bytes[at + OFFSET_KIND] & KIND_MASK) == KIND_STRUCT
        && (bytes[at + OFFSET_FLAGS] & FLAG_NAMED) != 0;
  }

  /** How many methods an interface type has. */
  long methods(long type) throws UnusableFileException {
    return image.u64(type + COMMON_BYTES + 16);
  }

  private int flags(long type) throws UnusableFileException {
    return image.u8(type + OFFSET_FLAGS);
  }

  private int kind(long type) throws UnusableFileException {
    return image.u8(type + OFFSET_KIND) & KIND_MASK;
  }

  /** Where the uncommon part of a kind starts; -1 for maps, whose size changes between releases. */
  private static int uncommon(int kind) {
    return switch (kind) {
      case KIND_POINTER, KIND_FUNC, KIND_SLICE -> COMMON_BYTES + 8;
      case KIND_CHAN -> COMMON_BYTES + 16;
      case KIND_ARRAY -> COMMON_BYTES + 24;
      case KIND_INTERFACE, KIND_STRUCT -> COMMON_BYTES + 32;
      case KIND_MAP -> -1;
      default -> COMMON_BYTES;
    };
  }

  /** The name as the type data has it: with the package's name, not its path. */
  private String name(long type) throws UnusableFileException {
    String text = text(types + image.u32(type + OFFSET_NAME));
    boolean star = (flags(type) & FLAG_EXTRA_STAR) != 0;
    return star && text.startsWith("*") ? text.substring(1) : text;
  }

  private static String qualified(String path, String name) {
    int dot = name.indexOf('.');
    return path.isEmpty() || dot < 0 ? name : path + name.substring(dot);
  }

  /** A name: a byte of flags, the length as a varint, the bytes. */
  String text(long at) throws UnusableFileException {
    int low = image.u8(at + 1);
    int length = low & 0x7f;
    int header = 2;
    if (low >= 0x80) {
      length |= image.u8(at + 2) << 7;
      header = 3;
    }
    if (length > MAX_NAME_BYTES) {
      throw new MalformedFileException(image.offset(at), "a type name of " + length + " bytes");
    }
    return new String(
        image.elf().file().bytes(image.offset(at + header), length), StandardCharsets.UTF_8);
  }
}
