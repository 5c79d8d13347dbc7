// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.abi.LittleEndian;
import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.elf.BinaryFile;
import io.goshawk.loader.elf.Image;
import io.goshawk.loader.elf.MalformedFileException;
import io.goshawk.loader.elf.UnusableFileException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Struct layouts from the type data of an executable: what its garbage collector and {@code
 * reflect} go by, so it is there when everything else was stripped, and it is the truth.
 *
 * <p>Every type that the program allocates or puts into an interface has a descriptor (Go's {@code
 * internal/abi/type.go}), and those of structs have all fields. They cannot be walked: until Go
 * 1.26 descriptors, names and pointer masks lie mixed. But a descriptor knows where its name is, by
 * an offset, and names are few. So one pass over the type data finds the wanted names, and a second
 * one the descriptors that have them.
 *
 * <pre>
 *   descriptor   20 flags u8, 23 kind u8, 40 name u32; of a struct: 56 fields, 64 how many
 *   field        0 name, 8 type, 16 offset, until Go 1.18 twice the offset
 *   name         flags u8, length varint, text, for example "*http.Request"
 * </pre>
 */
final class TypeStructs {

  private static final int CHUNK_BYTES = 1 << 16;

  /** The largest programs have some ten megabytes, and some hundred descriptors to be looked at. */
  private static final long MAX_BYTES = 256 << 20;

  private static final int MAX_CANDIDATES = 10_000;

  /** Longer names are those of generic types, which nobody asks for. */
  private static final int MAX_NAME_BYTES = 512;

  /** The compiler writes each name once for each combination of its four flags. */
  private static final int MAX_NAMES_EACH = 16;

  /** Types that are local to functions share their names; of more than these none is looked at. */
  private static final int MAX_NAMESAKES = 16;

  private static final int MAX_FIELDS = 4096;
  private static final int FIELD_BYTES = 24;
  private static final int NAME_FLAGS = 0xf;

  private final Image image;
  private final BinaryFile file;
  private final TypeNames names;
  private final ModuleData.Slice types;
  private final boolean offsetsAreDoubled;
  private final Set<String> steps = new HashSet<>();
  private final Map<Long, Map<String, Field>> read = new HashMap<>();
  private final Set<StructField> lacking = new HashSet<>();

  private record Field(long type, long offset) {}

  TypeStructs(Image image, ModuleData module, GoVersion version) throws UnusableFileException {
    this.image = image;
    this.file = image.elf().file();
    this.types = module.typeData(image, version);
    this.names = new TypeNames(image, types.address());
    this.offsetsAreDoubled = !version.atLeast(1, 19);
    if (types.length() > MAX_BYTES) {
      throw new MalformedFileException(
          image.offset(types.address()), "type data of " + types.length() + " bytes");
    }
  }

  /** The offsets of those fields whose structs have a descriptor. */
  Map<StructField, Integer> find(Collection<StructField> wanted) throws UnusableFileException {
    Set<String> structs = new HashSet<>();
    for (StructField field : wanted) {
      structs.add(field.struct());
      steps.addAll(field.steps());
    }
    Map<String, List<Long>> found = descriptors(structs, namesOf(structs));
    Map<StructField, Integer> offsets = new HashMap<>();
    for (StructField field : wanted) {
      List<Long> descriptors = found.getOrDefault(field.struct(), List.of());
      long offset = offset(field, descriptors);
      if (offset >= 0 && offset <= Integer.MAX_VALUE) {
        offsets.put(field, (int) offset);
      } else if (!descriptors.isEmpty() && !begins(field, descriptors)) {
        lacking.add(field);
      }
    }
    return offsets;
  }

  /** Those of the wanted fields whose structs have a descriptor that does not know them. */
  Set<StructField> lacking() {
    return lacking;
  }

  private boolean begins(StructField field, List<Long> descriptors) throws UnusableFileException {
    for (long struct : descriptors) {
      if (fields(struct).containsKey(field.steps().get(0))) {
        return true;
      }
    }
    return false;
  }

  /** Two structs of one name that disagree leave a field out. */
  private long offset(StructField field, List<Long> descriptors) throws UnusableFileException {
    long offset = -1;
    for (long struct : descriptors) {
      long here = offset(field, struct);
      if (here >= 0 && offset >= 0 && here != offset) {
        return -1;
      }
      offset = here >= 0 ? here : offset;
    }
    return offset;
  }

  private long offset(StructField field, long struct) throws UnusableFileException {
    long type = struct;
    long sum = 0;
    for (String step : field.steps()) {
      if (!names.isStruct(type)) {
        return -1;
      }
      Field next = fields(type).get(step);
      if (next == null) {
        return -1;
      }
      sum += next.offset();
      type = next.type();
    }
    return sum;
  }

  /** Those fields of a struct that may be a step of a wanted path. */
  private Map<String, Field> fields(long struct) throws UnusableFileException {
    Map<String, Field> known = read.get(struct);
    if (known != null) {
      return known;
    }
    long first = image.pointer(struct + TypeNames.COMMON_BYTES + 8);
    long count = image.u64(struct + TypeNames.COMMON_BYTES + 16);
    if (count < 0 || count > MAX_FIELDS) {
      throw new MalformedFileException(image.offset(struct), "a struct of " + count + " fields");
    }
    file.budget().spend(count * FIELD_BYTES);
    Map<String, Field> fields = new HashMap<>();
    for (long at = first; at < first + count * FIELD_BYTES; at += FIELD_BYTES) {
      String name = names.text(image.pointer(at));
      if (steps.contains(name)) {
        long offset = image.u64(at + 16);
        fields.put(
            name, new Field(image.pointer(at + 8), offsetsAreDoubled ? offset >> 1 : offset));
      }
    }
    read.put(struct, fields);
    return fields;
  }

  /** Where the names of these structs are, counted from the start of the type data. */
  private Set<Long> namesOf(Set<String> structs) throws UnusableFileException {
    Set<String> simple = new HashSet<>();
    structs.forEach(struct -> simple.add(simpleName(struct)));
    Set<Long> found = new HashSet<>();
    byte[] chunk = new byte[CHUNK_BYTES + MAX_NAME_BYTES];
    for (long start = 0; start < types.length(); start += CHUNK_BYTES) {
      int n = read(start, chunk);
      for (int i = 0; i < CHUNK_BYTES && i + 4 <= n; i++) {
        int header = chunk[i + 1] < 0 ? 3 : 2;
        // All but the names of pointers begin with a star, too: the flag says that it is none.
        if (chunk[i + header] != '*' || (chunk[i] & ~NAME_FLAGS) != 0) {
          continue;
        }
        int length = chunk[i + 1] & 0x7f | (header == 3 ? (chunk[i + 2] & 0x7f) << 7 : 0);
        if (length > MAX_NAME_BYTES - header || i + header + length > n) {
          continue;
        }
        int dot = i + header + 1;
        while (dot < i + header + length && chunk[dot] != '.') {
          dot++;
        }
        int bytes = i + header + length - (dot + 1);
        if (bytes > 0
            && simple.contains(new String(chunk, dot + 1, bytes, StandardCharsets.UTF_8))
            && found.add(start + i)
            && found.size() > MAX_NAMES_EACH * Math.max(16, simple.size())) {
          throw new MalformedFileException(
              image.offset(types.address()), "more type names than any compiler writes");
        }
      }
    }
    return found;
  }

  /** The descriptors of these structs, by full name. */
  private Map<String, List<Long>> descriptors(Set<String> structs, Set<Long> nameOffsets)
      throws UnusableFileException {
    Map<String, List<Long>> found = new HashMap<>();
    int candidates = 0;
    byte[] chunk = new byte[CHUNK_BYTES + TypeNames.COMMON_BYTES];
    long skew = -types.address() & 7;
    for (long start = skew; start < types.length(); start += CHUNK_BYTES) {
      int n = read(start, chunk);
      for (int i = 0; i < CHUNK_BYTES && i + TypeNames.COMMON_BYTES <= n; i += 8) {
        if (!TypeNames.isStruct(chunk, i)
            || !nameOffsets.contains(LittleEndian.u32(chunk, i + TypeNames.OFFSET_NAME))) {
          continue;
        }
        if (++candidates > MAX_CANDIDATES) {
          throw new MalformedFileException(
              image.offset(types.address()) + start + i,
              "more types of one name than any program has");
        }
        long type = types.address() + start + i;
        String name = names.of(type);
        if (structs.contains(name)) {
          List<Long> namesakes = found.computeIfAbsent(name, none -> new ArrayList<>(1));
          if (namesakes.size() < MAX_NAMESAKES) {
            namesakes.add(type);
          }
        }
      }
    }
    return found;
  }

  private int read(long start, byte[] chunk) throws UnusableFileException {
    int n = (int) Math.min(chunk.length, types.length() - start);
    file.read(image.offset(types.address()) + start, chunk, 0, n);
    return n;
  }

  /**
   * {@code Conn} of {@code crypto/tls.Conn}: the type data has the package's name, not its path.
   */
  private static String simpleName(String struct) {
    int parameters = struct.indexOf('[');
    int slash = struct.lastIndexOf('/', parameters < 0 ? struct.length() : parameters);
    return struct.substring(struct.indexOf('.', slash + 1) + 1);
  }
}
