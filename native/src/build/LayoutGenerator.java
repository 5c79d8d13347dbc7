// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes the Java package {@code io.goshawk.abi}: accessors for the C types that kernel programs
 * and user space share, read from the BTF of the compiled object.
 *
 * <p>The types are those of the variables in the object's section {@code .abi}, which the macro
 * {@code ABI} makes, and the maps those of section {@code .maps}. Enums named {@code
 * …_record_type}, of which each library has one, become one, {@code RecordType}. Run by the build
 * as a single-file program, so it depends on the JDK alone. BTF is described in the kernel's
 * Documentation/bpf/btf.rst.
 */
final class LayoutGenerator {
  private static final String PACKAGE = "io.goshawk.abi";
  private static final String ABI_SECTION = ".abi";
  private static final String RECORD_TYPES = "_record_type";
  private static final Set<String> KEYWORDS =
      Set.of(
          "abstract",
          "assert",
          "boolean",
          "break",
          "byte",
          "case",
          "catch",
          "char",
          "class",
          "const",
          "continue",
          "default",
          "do",
          "double",
          "else",
          "enum",
          "extends",
          "final",
          "finally",
          "float",
          "for",
          "goto",
          "if",
          "implements",
          "import",
          "instanceof",
          "int",
          "interface",
          "long",
          "native",
          "new",
          "package",
          "private",
          "protected",
          "public",
          "return",
          "short",
          "static",
          "strictfp",
          "super",
          "switch",
          "synchronized",
          "this",
          "throw",
          "throws",
          "transient",
          "try",
          "void",
          "volatile",
          "while");

  private final Btf btf;
  private final String objectName;
  private final Map<String, String> files = new TreeMap<>();

  private LayoutGenerator(Btf btf, String objectName) {
    this.btf = btf;
    this.objectName = objectName;
  }

  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      System.err.println("usage: java LayoutGenerator.java OBJECT.bpf.o OUTPUT_FOLDER");
      System.exit(2);
    }
    Path object = Path.of(args[0]);
    try {
      Btf btf = new Btf(elfSection(Files.readAllBytes(object), ".BTF"));
      LayoutGenerator generator = new LayoutGenerator(btf, object.getFileName().toString());
      generator.generate();
      generator.writeInto(Path.of(args[1]));
    } catch (IllegalArgumentException e) {
      System.err.println("LayoutGenerator: " + object + ": " + e.getMessage());
      System.exit(1);
    }
  }

  private void generate() {
    List<Variable> abi = btf.section(ABI_SECTION);
    if (abi.isEmpty()) {
      throw new IllegalArgumentException("its BTF has no section '" + ABI_SECTION + "'");
    }
    Type recordTypes = new Type();
    recordTypes.name = RECORD_TYPES.substring(1);
    for (Variable variable : abi) {
      Type type = btf.resolve(variable.type);
      switch (type.kind) {
        case Btf.STRUCT -> files.put(javaType(type.name), struct(type));
        case Btf.ENUM -> {
          if (type.name.endsWith(RECORD_TYPES)) {
            recordTypes.constants.addAll(type.constants);
          } else {
            files.put(javaType(type.name), enumeration(type));
          }
        }
        default ->
            throw new IllegalArgumentException(
                "type %d of section '%s' is no struct or enum"
                    .formatted(variable.type, ABI_SECTION));
      }
    }
    recordTypes.constants.sort(Comparator.comparing(Constant::value));
    for (int i = 1; i < recordTypes.constants.size(); i++) {
      Constant one = recordTypes.constants.get(i - 1);
      Constant other = recordTypes.constants.get(i);
      if (one.value == other.value) {
        throw new IllegalArgumentException(
            "%s and %s are both record type %d".formatted(one.name, other.name, one.value));
      }
    }
    files.put(javaType(recordTypes.name), enumeration(recordTypes));
    files.put("MapLayout", maps());
  }

  /** Replaces the package's files; unchanged ones keep their time, so that nothing recompiles. */
  private void writeInto(Path output) throws IOException {
    Path folder = output.resolve(PACKAGE.replace('.', '/'));
    Files.createDirectories(folder);
    try (var existing = Files.list(folder)) {
      for (Path file : existing.toList()) {
        String name = file.getFileName().toString();
        if (!files.containsKey(name.replaceAll("\\.java$", ""))) {
          Files.delete(file);
        }
      }
    }
    for (var file : files.entrySet()) {
      Path path = folder.resolve(file.getKey() + ".java");
      byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
      if (!Files.exists(path) || !Arrays.equals(Files.readAllBytes(path), content)) {
        Files.write(path, content);
      }
    }
  }

  // ---- structs ----

  private String struct(Type struct) {
    var out = new StringBuilder(header("java.nio.ByteBuffer", "java.util.List"));
    line(out, "/** Layout of {@code struct %s}, %d bytes. */", struct.name, struct.size);
    line(out, "public final class %s {", javaType(struct.name));
    line(out, "  /** Bytes of the whole struct. */");
    line(out, "  public static final int SIZE = %d;", struct.size);
    for (Member member : struct.members) {
      Type type = btf.resolve(member.type);
      line(out, "");
      line(out, "  /** Offset of {@code %s %s}. */", cType(member.type), member.name);
      line(out, "  public static final int OFFSET_%s = %d;", constant(member), member.offset());
      if (type.kind == Btf.ARRAY) {
        line(out, "");
        line(out, "  /** Elements of {@code %s}. */", member.name);
        line(out, "  public static final int LENGTH_%s = %d;", constant(member), type.elements);
      }
    }
    line(out, "");
    line(out, "  /** Every field, nested structs unfolded, in order of offset. */");
    line(out, "  public static final List<LayoutField> FIELDS =");
    List<String> fields = new ArrayList<>();
    flatten(struct, "", 0, fields);
    line(out, "      List.of(\n          %s);", String.join(",\n          ", fields));
    line(out, "");
    line(out, "  private %s() {}", javaType(struct.name));
    for (Member member : struct.members) {
      Type type = btf.resolve(member.type);
      if (type.kind == Btf.ARRAY) {
        Type element = btf.resolve(type.type);
        if (element.kind == Btf.INT) {
          accessors(out, member, element, ", int index", " + index * " + element.size);
        }
      } else if (type.kind == Btf.INT) {
        accessors(out, member, type, "", "");
      }
    }
    line(out, "}");
    return out.toString();
  }

  private void accessors(
      StringBuilder out, Member member, Type scalar, String indexParameter, String indexOffset) {
    String name = accessor(member);
    String at = "base + OFFSET_" + constant(member) + indexOffset;
    String what = "{@code " + member.name + (indexOffset.isEmpty() ? "" : "[index]") + "}";
    String java = scalar.size == 8 ? "long" : "int";
    String read =
        switch (scalar.size) {
          case 1 -> scalar.signed ? "b.get(%s)" : "b.get(%s) & 0xff";
          case 2 -> scalar.signed ? "b.getShort(%s)" : "b.getShort(%s) & 0xffff";
          case 4 -> "b.getInt(%s)";
          default -> "b.getLong(%s)";
        };
    String readOfArray =
        switch (scalar.size) {
          case 1 -> scalar.signed ? "b[%s]" : "b[%s] & 0xff";
          case 2 -> scalar.signed ? "(short) LittleEndian.u16(b, %s)" : "LittleEndian.u16(b, %s)";
          case 4 -> "LittleEndian.i32(b, %s)";
          default -> "LittleEndian.i64(b, %s)";
        };
    String write =
        switch (scalar.size) {
          case 1 -> "b.put(%s, (byte) v)";
          case 2 -> "b.putShort(%s, (short) v)";
          case 4 -> "b.putInt(%s, v)";
          default -> "b.putLong(%s, v)";
        };
    line(out, "");
    line(out, "  /** Reads %s of the struct at {@code base}. */", what);
    line(out, "  public static %s %s(ByteBuffer b, int base%s) {", java, name, indexParameter);
    line(out, "    return %s;", String.format(read, at));
    line(out, "  }");
    line(out, "");
    line(
        out, "  /** Reads %s of the struct at {@code base}, as records of the ring come. */", what);
    line(out, "  public static %s %s(byte[] b, int base%s) {", java, name, indexParameter);
    line(out, "    return %s;", String.format(readOfArray, at));
    line(out, "  }");
    line(out, "");
    line(out, "  /** Writes %s of the struct at {@code base}. */", what);
    line(
        out,
        "  public static void %s(ByteBuffer b, int base%s, %s v) {",
        name,
        indexParameter,
        java);
    line(out, "    %s;", String.format(write, at));
    line(out, "  }");
  }

  private void flatten(Type struct, String prefix, int base, List<String> fields) {
    for (Member member : struct.members) {
      if (member.bitfieldSize() != 0 || member.bits % 8 != 0) {
        throw new IllegalArgumentException(
            "bit-field " + struct.name + "." + member.name + " is not supported");
      }
      String name = prefix + member.name;
      int offset = base + member.offset();
      Type type = btf.resolve(member.type);
      Type element = type.kind == Btf.ARRAY ? btf.resolve(type.type) : type;
      if (element.kind != Btf.STRUCT && element.kind != Btf.INT) {
        throw new IllegalArgumentException(
            "%s.%s: kind %d of BTF is not supported in a shared struct"
                .formatted(struct.name, member.name, element.kind));
      }
      if (element.kind == Btf.INT) {
        int size = btf.size(type);
        fields.add("new LayoutField(\"%s\", %d, %d)".formatted(name, offset, size));
      } else if (type.kind == Btf.ARRAY) {
        for (int i = 0; i < type.elements; i++) {
          flatten(element, name + "[" + i + "].", offset + i * element.size, fields);
        }
      } else {
        flatten(type, name + ".", offset, fields);
      }
    }
  }

  // ---- enums and maps ----

  private String enumeration(Type type) {
    String name = javaType(type.name);
    var out = new StringBuilder(header());
    line(out, "/** {@code enum %s}. */", type.name);
    line(out, "public enum %s {", name);
    String constants =
        type.constants.stream()
            .map(c -> "  /** %d. */\n  %s(%d)".formatted(c.value, c.name, c.value))
            .collect(Collectors.joining(",\n\n", "", ";\n"));
    line(out, "%s", constants);
    line(out, "  private final int value;");
    line(out, "");
    line(out, "  %s(int value) {\n    this.value = value;\n  }", name);
    line(out, "");
    line(out, "  /** The number that C knows the constant by. */");
    line(out, "  public int value() {\n    return value;\n  }");
    line(out, "");
    line(out, "  /**");
    line(out, "   * The constant of that value.");
    line(out, "   *");
    line(out, "   * @throws IllegalArgumentException if there is none");
    line(out, "   */");
    line(out, "  public static %s of(int value) {", name);
    line(out, "    return switch (value) {");
    for (Constant c : type.constants) {
      line(out, "      case %d -> %s;", c.value, c.name);
    }
    line(
        out,
        "      default -> throw new IllegalArgumentException(\"enum %s has no value \" + value);",
        type.name);
    line(out, "    };");
    line(out, "  }");
    line(out, "}");
    return out.toString();
  }

  private String maps() {
    var out = new StringBuilder(header());
    line(out, "/** The maps of the object, and the layouts that its programs give them. */");
    line(out, "public enum MapLayout {");
    List<String> constants = new ArrayList<>();
    for (Variable map : btf.section(".maps")) {
      Type definition = btf.resolve(map.type);
      String key = pointedTo(definition, "key");
      String value = pointedTo(definition, "value");
      constants.add(
          "  /** Map {@code %1$s}. */\n  %2$s(\"%1$s\", %3$s, %4$s)"
              .formatted(map.name, map.name.toUpperCase(Locale.ROOT), key, value));
    }
    line(out, "%s;", String.join(",\n\n", constants));
    line(out, "");
    line(out, "  private final String mapName;");
    line(out, "  private final int keySize;");
    line(out, "  private final int valueSize;");
    line(out, "");
    line(out, "  MapLayout(String mapName, int keySize, int valueSize) {");
    line(out, "    this.mapName = mapName;");
    line(out, "    this.keySize = keySize;");
    line(out, "    this.valueSize = valueSize;");
    line(out, "  }");
    line(out, "");
    line(out, "  /** Its name in the object. */");
    line(out, "  public String mapName() {\n    return mapName;\n  }");
    line(out, "");
    line(out, "  /** Bytes of a key; 0 for a ring buffer. */");
    line(out, "  public int keySize() {\n    return keySize;\n  }");
    line(out, "");
    line(out, "  /** Bytes of a value, of one CPU's for a per-CPU map; 0 for a ring buffer. */");
    line(out, "  public int valueSize() {\n    return valueSize;\n  }");
    line(out, "}");
    return out.toString();
  }

  /** The size of the type that {@code __type(member, T)} names; 0 if there is no such member. */
  private String pointedTo(Type definition, String member) {
    return definition.members.stream()
        .filter(m -> m.name.equals(member))
        .map(m -> btf.resolve(btf.resolve(m.type).type))
        .map(
            t ->
                t.kind == Btf.STRUCT && files.containsKey(javaType(t.name))
                    ? javaType(t.name) + ".SIZE"
                    : String.valueOf(btf.size(t)))
        .findFirst()
        .orElse("0");
  }

  // ---- text ----

  private String header(String... imports) {
    String lines =
        Arrays.stream(imports).map(i -> "import " + i + ";\n").collect(Collectors.joining());
    return "// Generated from the BTF of "
        + objectName
        + " by LayoutGenerator. Do not edit.\npackage "
        + PACKAGE
        + ";\n\n"
        + lines
        + (lines.isEmpty() ? "" : "\n");
  }

  private static void line(StringBuilder out, String format, Object... args) {
    out.append(args.length == 0 ? format : String.format(format, args)).append('\n');
  }

  private String cType(int id) {
    Type type = btf.type(id);
    return switch (type.kind) {
      case Btf.STRUCT -> "struct " + type.name;
      case Btf.ARRAY -> cType(type.type) + "[" + type.elements + "]";
      default -> type.name;
    };
  }

  private static String constant(Member member) {
    return member.name.toUpperCase(Locale.ROOT);
  }

  private static String accessor(Member member) {
    String name = javaType(member.name);
    name = Character.toLowerCase(name.charAt(0)) + name.substring(1);
    return KEYWORDS.contains(name) ? name + "_" : name;
  }

  private static String javaType(String cName) {
    return Arrays.stream(cName.split("_"))
        .filter(word -> !word.isEmpty())
        .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1))
        .collect(Collectors.joining());
  }

  // ---- ELF and BTF ----

  /** The contents of a section of a little-endian ELF64 file. */
  private static ByteBuffer elfSection(byte[] file, String name) {
    ByteBuffer elf = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    if (file.length < 64 || elf.getInt(0) != 0x464c457f || elf.get(4) != 2 || elf.get(5) != 1) {
      throw new IllegalArgumentException("it is no little-endian ELF64 file");
    }
    int headers = (int) elf.getLong(0x28);
    int headerSize = elf.getShort(0x3a);
    int count = elf.getShort(0x3c);
    int names = (int) elf.getLong(headers + elf.getShort(0x3e) * headerSize + 0x18);
    for (int i = 0; i < count; i++) {
      int header = headers + i * headerSize;
      if (string(elf, names + elf.getInt(header)).equals(name)) {
        int offset = (int) elf.getLong(header + 0x18);
        int size = (int) elf.getLong(header + 0x20);
        return elf.slice(offset, size).order(ByteOrder.LITTLE_ENDIAN);
      }
    }
    throw new IllegalArgumentException("it has no section " + name + "; compile with -g");
  }

  private static String string(ByteBuffer buffer, int offset) {
    int end = offset;
    while (buffer.get(end) != 0) {
      end++;
    }
    byte[] bytes = new byte[end - offset];
    buffer.get(offset, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private record Member(String name, int type, int bits) {
    /** With kind_flag set, the top byte of the BTF offset is the size of a bit-field. */
    int bitfieldSize() {
      return bits >>> 24;
    }

    int offset() {
      return (bits & 0xffffff) / 8;
    }
  }

  private record Constant(String name, int value) {}

  private record Variable(String name, int type) {}

  /** One BTF type; which fields mean something depends on the kind. */
  private static final class Type {
    String name = "";
    int kind;
    int size;
    int type;
    int elements;
    boolean signed;
    final List<Member> members = new ArrayList<>();
    final List<Constant> constants = new ArrayList<>();
    final List<Integer> variables = new ArrayList<>();
  }

  /** The type section, as in struct btf_header and struct btf_type. */
  private static final class Btf {
    static final int INT = 1;
    static final int PTR = 2;
    static final int ARRAY = 3;
    static final int STRUCT = 4;
    static final int UNION = 5;
    static final int ENUM = 6;
    static final int TYPEDEF = 8;
    static final int VOLATILE = 9;
    static final int CONST = 10;
    static final int FUNC_PROTO = 13;
    static final int VAR = 14;
    static final int DATASEC = 15;
    static final int DECL_TAG = 17;
    static final int ENUM64 = 19;

    private final List<Type> types = new ArrayList<>(List.of(new Type()));

    Btf(ByteBuffer section) {
      if ((section.getShort(0) & 0xffff) != 0xeb9f) {
        throw new IllegalArgumentException("its .BTF section does not start with the magic 0xeb9f");
      }
      int at = section.getInt(4) + section.getInt(8);
      int end = at + section.getInt(12);
      int strings = section.getInt(4) + section.getInt(16);
      while (at < end) {
        at = read(section, at, strings);
      }
    }

    private int read(ByteBuffer b, int at, int strings) {
      Type type = new Type();
      type.name = string(b, strings + b.getInt(at));
      int info = b.getInt(at + 4);
      int count = info & 0xffff;
      type.kind = (info >>> 24) & 0x1f;
      type.size = b.getInt(at + 8);
      type.type = type.size;
      at += 12;
      switch (type.kind) {
        case INT -> {
          type.signed = (b.getInt(at) >>> 24 & 1) != 0;
          at += 4;
        }
        case ARRAY -> {
          type.type = b.getInt(at);
          type.elements = b.getInt(at + 8);
          at += 12;
        }
        case STRUCT, UNION -> {
          for (int i = 0; i < count; i++, at += 12) {
            String name = string(b, strings + b.getInt(at));
            type.members.add(new Member(name, b.getInt(at + 4), b.getInt(at + 8)));
          }
        }
        case ENUM -> {
          for (int i = 0; i < count; i++, at += 8) {
            String name = string(b, strings + b.getInt(at));
            type.constants.add(new Constant(name, b.getInt(at + 4)));
          }
        }
        case DATASEC -> {
          for (int i = 0; i < count; i++, at += 12) {
            type.variables.add(b.getInt(at));
          }
        }
        case VAR, DECL_TAG -> at += 4;
        case FUNC_PROTO -> at += 8 * count;
        case ENUM64 -> at += 12 * count;
        default -> {} // pointers, qualifiers, typedefs, forward declarations, functions, floats
      }
      types.add(type);
      return at;
    }

    Type type(int id) {
      return types.get(id);
    }

    /** The type behind typedefs and qualifiers. */
    Type resolve(int id) {
      Type type = types.get(id);
      return switch (type.kind) {
        case TYPEDEF, VOLATILE, CONST -> resolve(type.type);
        default -> type;
      };
    }

    int size(Type type) {
      return switch (type.kind) {
        case ARRAY -> type.elements * size(resolve(type.type));
        case PTR -> 8;
        default -> type.size;
      };
    }

    List<Variable> section(String name) {
      return types.stream()
          .filter(t -> t.kind == DATASEC && t.name.equals(name))
          .flatMap(t -> t.variables.stream())
          .map(types::get)
          .map(t -> new Variable(t.name, t.type))
          .toList();
    }
  }
}
