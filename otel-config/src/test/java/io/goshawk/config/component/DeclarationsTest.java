// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Reading;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.tree.ConfigSource;
import io.goshawk.config.tree.Findings;
import io.goshawk.config.tree.Node;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DeclarationsTest {

  static List<Declaration> declared() {
    return Catalogue.standard().declared();
  }

  @ParameterizedTest
  @MethodSource("declared")
  void itsExampleIsRight(Declaration declaration) {
    Findings findings = new Findings();
    Node node = ConfigSource.read("yaml:" + declaration.example(), Map.of(), findings);
    Settings settings = declaration.section().read(node, Reading.of(findings));
    assertThat(settings).isNotNull();
    assertThat(findings.errors()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("declared")
  void everyKeyIsExplainedInASentence(Declaration declaration) {
    assertThat(declaration.doc()).endsWith(".");
    assertExplained(declaration.section());
  }

  private static void assertExplained(Section section) {
    for (Key<?> key : section.keys()) {
      if (key.honoured()) {
        assertThat(key.doc()).as(key.name()).endsWith(".").matches("[A-Z].*|grpc.*|basic.*");
      }
      key.type().section().ifPresent(DeclarationsTest::assertExplained);
    }
  }

  @Test
  void thereIsEveryComponentThatCanRun() {
    Catalogue standard = Catalogue.standard();
    assertThat(standard.declared()).filteredOn(standard::runs).isNotEmpty();
    assertThat(standard.declared()).doesNotHaveDuplicates();
  }
}
