// SPDX-License-Identifier: Apache-2.0
package io.goshawk.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The generated Java against what a C compiler makes of the headers themselves. */
class GeneratedLayoutsTest {
  private static final Path SOURCES = Path.of("src/main/c").toAbsolutePath();
  private static final Pattern ABI =
      Pattern.compile("^ABI\\((struct|enum) (\\w+)\\);", Pattern.MULTILINE);

  @TempDir Path folder;

  @Test
  void everyStructOfTheHeadersHasTheCompilersSizeAndOffsets() throws Exception {
    Map<String, Long> generated = new TreeMap<>();
    for (String struct : declared("struct")) {
      Class<?> layout = javaClass(struct);
      generated.put("sizeof(struct " + struct + ")", (long) layout.getField("SIZE").getInt(null));
      for (LayoutField field : fields(layout)) {
        String place = "struct " + struct + ", " + field.name();
        generated.put("offsetof(" + place + ")", (long) field.offset());
        generated.put(
            "sizeof(((struct " + struct + " *)0)->" + field.name() + ")", (long) field.size());
      }
    }
    assertThat(generated).hasSizeGreaterThan(50);
    assertThat(evaluate(generated.keySet())).isEqualTo(generated);
  }

  @Test
  void everyEnumOfTheHeadersHasTheCompilersValues() throws Exception {
    Map<String, Long> generated = new TreeMap<>();
    for (String name : declared("enum")) {
      for (Object constant : javaClass(name).getEnumConstants()) {
        int value = (int) constant.getClass().getMethod("value").invoke(constant);
        generated.put(((Enum<?>) constant).name(), (long) value);
        assertThat(constant.getClass().getMethod("of", int.class).invoke(null, value))
            .isSameAs(constant);
      }
    }
    assertThat(generated).hasSizeGreaterThan(20);
    assertThat(evaluate(generated.keySet())).isEqualTo(generated);
  }

  @Test
  void anEnumValueThatCDoesNotKnowIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> EndReason.of(99))
        .withMessage("enum end_reason has no value 99");
  }

  @Test
  void anAccessorWritesItsFieldAndNothingElse() throws Exception {
    int accessors = 0;
    for (String struct : declared("struct")) {
      Class<?> layout = javaClass(struct);
      int size = layout.getField("SIZE").getInt(null);
      for (Method setter : layout.getMethods()) {
        Class<?>[] types = setter.getParameterTypes();
        if (setter.getReturnType() != void.class
            || types.length < 3
            || types[0] != ByteBuffer.class) {
          continue;
        }
        accessors++;
        boolean indexed = types.length == 4;
        String constant = constant(setter.getName());
        int offset = layout.getField("OFFSET_" + constant).getInt(null);
        int last = indexed ? layout.getField("LENGTH_" + constant).getInt(null) - 1 : 0;
        int bytes = scalarSize(layout, constant, last + 1);

        ByteBuffer buffer = ByteBuffer.allocate(8 + size + 8).order(ByteOrder.nativeOrder());
        Object ones = types[types.length - 1] == long.class ? (Object) (-1L) : (Object) (-1);
        if (indexed) {
          setter.invoke(null, buffer, 8, last, ones);
        } else {
          setter.invoke(null, buffer, 8, ones);
        }
        byte[] expected = new byte[buffer.capacity()];
        int at = 8 + offset + last * bytes;
        Arrays.fill(expected, at, at + bytes, (byte) 0xff);
        assertThat(buffer.array()).as("%s.%s", struct, setter.getName()).isEqualTo(expected);
      }
    }
    assertThat(accessors).isGreaterThan(50);
  }

  @Test
  void unsignedFieldsDoNotTurnNegativeAndSignedOnesDo() {
    ByteBuffer buffer = ByteBuffer.allocate(HttpServerRecord.SIZE).order(ByteOrder.nativeOrder());
    HttpServerRecord.status(buffer, 0, 0xfffe);
    HttpServerRecord.flags(buffer, 0, 0xfe);
    HttpServerRecord.requestBodyBytes(buffer, 0, -1);
    assertThat(HttpServerRecord.status(buffer, 0)).isEqualTo(0xfffe);
    assertThat(HttpServerRecord.flags(buffer, 0)).isEqualTo(0xfe);
    assertThat(HttpServerRecord.requestBodyBytes(buffer, 0)).isEqualTo(-1);
  }

  @Test
  void theObjectIsPackedWithItsTypesAndWithoutDebugInformation() throws Exception {
    byte[] object = ProgramObject.open().readAllBytes();
    String sections = new String(object, StandardCharsets.ISO_8859_1);
    assertThat(sections).contains(".BTF", ".maps").doesNotContain(".debug_info");
    assertThat(sections).doesNotContain(Path.of("").toAbsolutePath().toString());
  }

  /** Field names hold the array's whole size, so one element's is that over their number. */
  private static int scalarSize(Class<?> layout, String constant, int elements) throws Exception {
    String name = constant.toLowerCase(Locale.ROOT);
    return fields(layout).stream()
            .filter(field -> field.name().equals(name))
            .findFirst()
            .orElseThrow()
            .size()
        / elements;
  }

  @SuppressWarnings("unchecked")
  private static List<LayoutField> fields(Class<?> layout) throws Exception {
    return (List<LayoutField>) layout.getField("FIELDS").get(null);
  }

  /** The headers that declare types of the ABI: the shared one, and one of each library. */
  private static List<Path> headers() throws IOException {
    try (Stream<Path> files = Files.list(SOURCES)) {
      List<Path> headers = new ArrayList<>();
      for (Path file : files.filter(file -> file.toString().endsWith(".h")).sorted().toList()) {
        if (ABI.matcher(Files.readString(file)).find()) {
          headers.add(file);
        }
      }
      return headers;
    }
  }

  private static List<String> declared(String kind) throws IOException {
    List<String> names = new ArrayList<>();
    for (Path header : headers()) {
      ABI.matcher(Files.readString(header))
          .results()
          .filter(match -> match.group(1).equals(kind))
          .forEach(match -> names.add(match.group(2)));
    }
    return names;
  }

  /** Each library has an enum of record types; in Java they are one. */
  private static Class<?> javaClass(String cName) throws ClassNotFoundException {
    String name =
        Arrays.stream((cName.endsWith("_record_type") ? "record_type" : cName).split("_"))
            .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
            .collect(Collectors.joining());
    return Class.forName("io.goshawk.abi." + name);
  }

  private static String constant(String accessor) {
    return accessor.replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
  }

  private Map<String, Long> evaluate(Iterable<String> expressions) throws Exception {
    var source =
        new StringBuilder("#include <linux/types.h>\n#include <stddef.h>\n#include <stdio.h>\n");
    for (Path header : headers()) {
      source.append("#include \"").append(header).append("\"\n");
    }
    source.append("int main(void) {\n");
    for (String expression : expressions) {
      source.append("printf(\"%ld %s\\n\", (long)(").append(expression).append("), ");
      source.append('"').append(expression).append("\");\n");
    }
    source.append("return 0; }\n");
    Path file = folder.resolve("layouts.c");
    Files.writeString(file, source);
    Path program = folder.resolve("layouts");
    output("clang", "-o", program.toString(), file.toString());
    return output(program.toString())
        .lines()
        .map(line -> line.split(" ", 2))
        .collect(
            Collectors.toMap(
                parts -> parts[1], parts -> Long.valueOf(parts[0]), (a, b) -> b, TreeMap::new));
  }

  private static String output(String... command) throws Exception {
    java.lang.Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s%n%s", String.join(" ", command), output).isZero();
    return output;
  }
}
