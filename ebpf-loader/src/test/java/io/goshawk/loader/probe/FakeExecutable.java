// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.go.Architecture;
import io.goshawk.loader.go.BuildInfo;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoFunction;
import io.goshawk.loader.go.GoVersion;
import io.goshawk.loader.go.InlinedCopy;
import io.goshawk.loader.go.StructLayouts;
import io.goshawk.loader.go.SymbolSource;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A Go executable in memory, in which every function and field is there unless the test takes it
 * away.
 */
final class FakeExecutable implements GoExecutable {

  /** {@code push %rbp; pop %rbp; ret}. */
  private static final byte[] ORDINARY_CODE = {0x55, 0x5d, (byte) 0xc3};

  /** {@code mov $16,%r9d; lea 0x100(%rip),%r10; lock xadd %r9,(%r10)}. */
  private static final byte[] ID_BATCH_CODE = {
    0x41,
    (byte) 0xb9,
    0x10,
    0,
    0,
    0, // mov
    0x4c,
    (byte) 0x8d,
    0x15,
    0,
    1,
    0,
    0, // lea
    (byte) 0xf0,
    0x4d,
    0x0f,
    (byte) 0xc1,
    0x0a
  };

  /** Who calls whom, where a program is attached at the call or behind it. */
  private static final Map<String, String> CALLS =
      Map.of(
          "net/http.(*ServeMux).ServeHTTP",
          "net/http.(*ServeMux).findHandler",
          "google.golang.org/grpc/internal/transport.(*http2Client).NewStream.func3",
          "runtime.mapassign_fast32");

  private static final long SEGMENT = 0x400000;

  private final GoVersion version;
  private Architecture architecture = Architecture.AMD64;
  private Map<String, String> settings = Map.of();
  private final List<BuildInfo.Module> modules =
      new ArrayList<>(List.of(new BuildInfo.Module("golang.org/x/net", "v0.58.0")));
  private final Set<String> missingFunctions = new HashSet<>();
  private final Set<String> missingFields = new HashSet<>();
  private final Set<String> missingTypes = new HashSet<>();
  private final Set<String> lackingFields = new HashSet<>();
  private final Map<Long, String> types = new HashMap<>();
  private final Map<String, byte[]> codes = new HashMap<>();
  private final Map<String, Long> addresses = new HashMap<>();

  private FakeExecutable(GoVersion version) {
    this.version = version;
    codes.put("runtime.newproc1", ID_BATCH_CODE.clone());
  }

  static FakeExecutable of(String release) {
    return new FakeExecutable(
        release.isEmpty() ? GoVersion.UNKNOWN : GoVersion.parse(release).orElseThrow());
  }

  FakeExecutable architecture(Architecture other) {
    architecture = other;
    return this;
  }

  FakeExecutable setting(String name, String value) {
    settings = Map.of(name, value);
    return this;
  }

  FakeExecutable module(String path, String release) {
    modules.add(new BuildInfo.Module(path, release));
    return this;
  }

  FakeExecutable withoutFunction(String name) {
    missingFunctions.add(name);
    return this;
  }

  /** It converts some to any interface. */
  FakeExecutable withType(String type) {
    types.put(SEGMENT + 0x200000L + types.size(), type);
    return this;
  }

  /** It converts none to an interface. */
  FakeExecutable withoutType(String type) {
    missingTypes.add(type);
    return this;
  }

  FakeExecutable withoutField(String field) {
    missingFields.add(field);
    return this;
  }

  /** The struct is known, and has no such field. */
  FakeExecutable lacking(String field) {
    lackingFields.add(field);
    return withoutField(field);
  }

  FakeExecutable withCode(String function, int... octets) {
    byte[] code = new byte[octets.length];
    for (int i = 0; i < code.length; i++) {
      code[i] = (byte) octets[i];
    }
    return withCode(function, code);
  }

  FakeExecutable withCode(String function, byte[] code) {
    codes.put(function, code);
    return this;
  }

  /** The offset that the fake gives a field. */
  static int offsetOf(String field) {
    return (field.hashCode() & 0xff) * 8;
  }

  @Override
  public GoVersion version() {
    return version;
  }

  @Override
  public BuildInfo buildInfo() {
    return new BuildInfo(
        version.text(),
        "example.com/fake",
        new BuildInfo.Module("example.com/fake", "(devel)"),
        modules,
        settings);
  }

  @Override
  public Architecture architecture() {
    return architecture;
  }

  @Override
  public boolean positionIndependent() {
    return false;
  }

  @Override
  public SymbolSource symbolSource() {
    return SymbolSource.PCLNTAB;
  }

  @Override
  public Optional<GoFunction> function(String name) {
    if (missingFunctions.contains(name)) {
      return Optional.empty();
    }
    return Optional.of(new GoFunction(name, addressOf(name), codeOf(name).length));
  }

  private long addressOf(String name) {
    return addresses.computeIfAbsent(name, n -> SEGMENT + 0x100 * addresses.size());
  }

  private byte[] codeOf(String name) {
    String callee = CALLS.get(name);
    return codes.getOrDefault(name, callee == null ? ORDINARY_CODE : callOf(callee, name));
  }

  /** {@code call callee; push %rbp; pop %rbp; ret}. */
  private byte[] callOf(String callee, String caller) {
    int afterCall = 5;
    return ByteBuffer.allocate(afterCall + ORDINARY_CODE.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) 0xe8)
        .putInt((int) (addressOf(callee) - (addressOf(caller) + afterCall)))
        .put(ORDINARY_CODE)
        .array();
  }

  @Override
  public byte[] code(GoFunction function) {
    return codeOf(function.name()).clone();
  }

  @Override
  public long fileOffset(long address) {
    return address - SEGMENT;
  }

  @Override
  public long codeAddress() {
    return SEGMENT;
  }

  @Override
  public long zeroAddress() {
    return 0;
  }

  @Override
  public long zeroEndAddress() {
    return 0;
  }

  @Override
  public StructLayouts structs() {
    return new StructLayouts() {
      @Override
      public Map<StructField, FieldOffset> offsets(Collection<StructField> fields) {
        Map<StructField, FieldOffset> offsets = new HashMap<>();
        for (StructField field : fields) {
          if (!missingFields.contains(field.toString())) {
            offsets.put(field, new FieldOffset(offsetOf(field.toString()), Source.TABLE));
          }
        }
        return offsets;
      }

      @Override
      public boolean lacks(StructField field) {
        return lackingFields.contains(field.toString());
      }
    };
  }

  @Override
  public Optional<String> functionAt(long address) {
    return Optional.empty();
  }

  @Override
  public List<InlinedCopy> inlinedCopies(GoFunction caller, String function) {
    return List.of();
  }

  @Override
  public Map<String, List<String>> callersWithCopies(Set<String> functions) {
    return Map.of();
  }

  @Override
  public OptionalLong itab(String type, String interfaceName) {
    return missingTypes.contains(type) ? OptionalLong.empty() : OptionalLong.of(SEGMENT + 0x100000);
  }

  @Override
  public Map<Long, String> types(Set<String> interfaces) {
    return types;
  }

  @Override
  public List<String> notes() {
    return List.of("something is \"odd\"");
  }

  @Override
  public void close() {}
}
