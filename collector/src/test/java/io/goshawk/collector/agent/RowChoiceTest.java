// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.goshawk.collector.testing.Configurations;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.GoshawkReceiverConfig;
import io.goshawk.config.component.GoshawkReceiverConfig.Attribution;
import io.goshawk.config.component.GoshawkReceiverConfig.Rows;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Settings;
import io.goshawk.loader.probe.AttributionLevel;
import io.goshawk.loader.probe.CatalogueRow;
import io.goshawk.loader.probe.ProbeCatalogue;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RowChoiceTest {

  private static RowChoice choice(String goshawk) {
    Settings receiver =
        Configurations.first(
                ComponentKind.RECEIVER,
                "{receivers: {goshawk: {%s}}, exporters: {nop: }, service: {pipelines: {traces:"
                        .formatted(goshawk)
                    + " {receivers: [goshawk], exporters: [nop]}}}}")
            .settings();
    return RowChoice.of(
        receiver.get(GoshawkReceiverConfig.ATTRIBUTION), receiver.get(GoshawkReceiverConfig.ROWS));
  }

  @Test
  void byDefaultCallsAreAttributed() {
    assertThat(choice("")).isEqualTo(choice("attribution: {level: calls}"));
    assertThat(choice("").attribution()).isEqualTo(AttributionLevel.CALLS);
    assertThat(choice("attribution: {level: none}").attribution()).isEqualTo(AttributionLevel.NONE);
  }

  @Test
  void aRowThatIsNamedIsWhatItIsNamedAtAnyLevel() {
    assertThat(choice("attribution: {level: none}").named()).doesNotContainKey("sql.wait");
    assertThat(choice("attribution: {level: none}, rows: {sql.wait: true}").named())
        .contains(entry("sql.wait", true));
    assertThat(choice("rows: {sql.wait: false}").named()).contains(entry("sql.wait", false));
  }

  @Test
  void whoeverNamesNoneOfTheRowsOfALevelHasThemByThat() {
    List<CatalogueRow> rows = ProbeCatalogue.standard().rows();
    assertThat(Rows.ALL).extracting(Key::name).isSubsetOf(names(rows.stream()));
    assertThat(Rows.ALL)
        .filteredOn(row -> row.shownDefault().isEmpty())
        .extracting(Key::name)
        .containsExactlyInAnyOrderElementsOf(
            names(rows.stream().filter(row -> row.attribution() != AttributionLevel.NONE)));
  }

  @Test
  void theLevelsAreThoseOfTheCatalogue() {
    assertThat(Attribution.LEVEL.type().jsonSchema().toString())
        .contains(
            Stream.of(AttributionLevel.values())
                .map(level -> level.name().toLowerCase(Locale.ROOT))
                .toList()
                .toString());
  }

  private static List<String> names(Stream<CatalogueRow> rows) {
    return rows.map(CatalogueRow::name).toList();
  }
}
