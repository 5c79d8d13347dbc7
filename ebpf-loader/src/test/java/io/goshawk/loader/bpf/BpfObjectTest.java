// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.goshawk.abi.MapLayout;
import io.goshawk.abi.ProgramObject;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class BpfObjectTest {

  @Test
  void theAgentsOwnObjectLoadsWhole() {
    try (BpfObject object = BpfObject.open(ProgramObject::open, ObjectOptions.DEFAULT).load()) {
      assertThat(object.refusals()).isEmpty();
      assertThat(object.programs()).containsKeys("http_server_start", "http_server_end");
      for (MapLayout layout : MapLayout.values()) {
        BpfMap map = object.map(layout);
        assertThat(map.keySize()).as(layout.mapName()).isEqualTo(layout.keySize());
        assertThat(map.valueSize()).as(layout.mapName()).isEqualTo(layout.valueSize());
      }
    }
  }

  @Test
  void mapsTakeTheSizesTheyAreGiven() {
    ObjectOptions options =
        ObjectOptions.DEFAULT.withMapEntries("ring", 1 << 16).withMapEntries("open_short", 77);
    try (BpfObject object = BpfObject.open(ProgramObject::open, options).load()) {
      assertThat(object.map(MapLayout.RING).maxEntries()).isEqualTo(1 << 16);
      assertThat(object.map(MapLayout.OPEN_SHORT).maxEntries()).isEqualTo(77);
    }
  }

  @Test
  void aRefusedProgramCostsOnlyItself() {
    try (BpfObject object = TestPrograms.load("partly_refused")) {
      assertThat(object.refusals())
          .extracting(Refusal::program)
          .containsExactlyInAnyOrder("reads_through_null", "nowhere");
      assertThat(object.program("reads_through_null")).isEmpty();
      assertThat(object.program("nowhere")).isEmpty();
      assertThat(object.program("sound").orElseThrow().run(ByteBuffer.allocate(0))).isEqualTo(42);
    }
  }

  @Test
  void aRefusalTellsProgramErrnoTheVerifiersLastLinesAndTheMend() {
    try (BpfObject object = TestPrograms.load("partly_refused")) {
      BpfException reason =
          object.refusals().stream()
              .filter(refusal -> refusal.program().equals("reads_through_null"))
              .findFirst()
              .orElseThrow()
              .reason();
      assertThat(reason.errno()).isEqualTo(Errno.EACCES);
      assertThat(reason.detail()).contains("invalid mem access 'map_value_or_null'");
      assertThat(reason.mend()).isNotEmpty();
      assertThat(reason)
          .hasMessageContaining("reads_through_null")
          .hasMessageContaining("EACCES (13)")
          .hasMessageContaining("mend: ");
    }
  }

  @Test
  void aTracepointThatDoesNotExistIsNamed() {
    try (BpfObject object = TestPrograms.load("partly_refused")) {
      assertThat(object.refusals())
          .filteredOn(refusal -> refusal.program().equals("nowhere"))
          .singleElement()
          .satisfies(
              refusal ->
                  assertThat(refusal.reason().detail()).contains("goshawk_no_such_tracepoint"));
    }
  }

  @Test
  void aProgramThatIsLeftOutIsNotLoaded() {
    ObjectOptions options = ObjectOptions.DEFAULT.without("reads_through_null").without("nowhere");
    try (BpfObject object =
        BpfObject.open(() -> TestPrograms.open("partly_refused"), options).load()) {
      assertThat(object.refusals()).isEmpty();
      assertThat(object.programs()).containsOnlyKeys("sound");
    }
  }

  @Test
  void anObjectWithOtherLayoutsThanTheAgentsIsNotOpened() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> BpfObject.open(() -> TestPrograms.open("other_layout"), ObjectOptions.DEFAULT))
        .withMessageContaining("map processes")
        .withMessageContaining("20 bytes");
  }

  @Test
  void optionsThatNameWhatTheObjectDoesNotHaveAreRefused() {
    Supplier<InputStream> elf = () -> TestPrograms.open("maps");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BpfObject.open(elf, ObjectOptions.DEFAULT.withMapEntries("has", 1)))
        .withMessageContaining("no map 'has'; it has [")
        .withMessageContaining("hash");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BpfObject.open(elf, ObjectOptions.DEFAULT.without("counts")))
        .withMessageContaining("no program 'counts'; it has [count]");
  }

  @Test
  void bytesThatAreNoObjectAreRefused() {
    assertThatExceptionOfType(BpfException.class)
        .isThrownBy(
            () ->
                BpfObject.open(
                    () -> new ByteArrayInputStream(new byte[100]), ObjectOptions.DEFAULT))
        .withMessageContaining("opening an eBPF object of 100 bytes")
        .withMessageContaining("mend: ");
  }

  @Test
  void aMapThatCannotBeMadeFailsTheLoadWithItsName() {
    ObjectOptions options = ObjectOptions.DEFAULT.withMapEntries("hash", Integer.MAX_VALUE);
    try (BpfObject object = BpfObject.open(() -> TestPrograms.open("maps"), options)) {
      assertThatExceptionOfType(BpfException.class)
          .isThrownBy(object::load)
          .satisfies(e -> assertThat(e.errno()).isIn(Errno.E2BIG, Errno.ENOMEM))
          .withMessageContaining("hash");
    }
  }

  @Test
  void whatBelongsToAClosedObjectSaysSo() {
    BpfObject object = TestPrograms.load("maps");
    BpfMap map = object.map("array");
    BpfProgram program = object.program("count").orElseThrow();
    object.close();
    object.close();
    assertThatIllegalStateException()
        .isThrownBy(() -> map.delete(0))
        .withMessageContaining("closed");
    assertThatIllegalStateException().isThrownBy(program::fd).withMessageContaining("closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> object.map("array"))
        .withMessageContaining("closed");
  }

  @Test
  void closingTakesEveryDescriptorBack() throws Exception {
    TestPrograms.load("maps").close();
    long before = openDescriptors();
    for (int i = 0; i < 5; i++) {
      TestPrograms.load("partly_refused").close();
    }
    assertThat(openDescriptors()).isEqualTo(before);
  }

  private static long openDescriptors() throws Exception {
    try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors
          .map(BpfObjectTest::target)
          .filter(target -> target.contains("bpf") || target.contains("btf"))
          .count();
    }
  }

  private static String target(Path link) {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (java.io.IOException e) {
      return ""; // closed meanwhile: the descriptor of the listing itself
    }
  }
}
