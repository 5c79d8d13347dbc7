// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.report;

import io.goshawk.config.component.Catalogue;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.ConfigReader;
import io.goshawk.config.component.Declaration;
import io.goshawk.config.ottl.Field;
import io.goshawk.config.ottl.Function;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Section;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The page of all keys, {@code docs/configuration.md}, in Markdown. */
public final class ReferencePage {
  private static final String INTRODUCTION = "configuration-introduction.md";

  private final StringBuilder out = new StringBuilder();

  private ReferencePage() {}

  /** The whole page: what is written by hand, then every component that can run. */
  public static String markdown(Catalogue catalogue) {
    ReferencePage page = new ReferencePage();
    page.out.append(introduction());
    for (ComponentKind kind : ComponentKind.values()) {
      List<Declaration> runnable = catalogue.of(kind).stream().filter(catalogue::runs).toList();
      if (!runnable.isEmpty()) {
        page.out.append("\n## ").append(kind.title()).append('\n');
        runnable.forEach(page::component);
      }
    }
    page.conditions();
    page.out.append("\n## Service\n\n");
    page.keys(ConfigReader.serviceSection());
    page.out.append("\nEach of `service::pipelines`:\n\n");
    page.keys(ConfigReader.pipelineSection());
    return page.out.toString();
  }

  private static String introduction() {
    try (InputStream in = ReferencePage.class.getResourceAsStream(INTRODUCTION)) {
      if (in == null) {
        throw new IllegalStateException(INTRODUCTION + " is not among the resources");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void conditions() {
    out.append("\n## Conditions\n\n");
    out.append(
        "What the filter's conditions may say, a part of the Collector's OTTL: values compared ");
    out.append(
        "by `==`, `!=`, `<`, `<=`, `>`, `>=`, joined by `and`, `or`, `not` and parentheses. ");
    out.append(
        "Values are texts in double quotes, numbers, `true`, `false`, `nil`, `SPAN_KIND_...`, ");
    out.append("`STATUS_CODE_...`,\n\n");
    for (Field.Context context : Field.Context.values()) {
      out.append("- of the ").append(context.name().toLowerCase(Locale.ROOT)).append(": `");
      out.append(
          Arrays.stream(Field.values())
              .filter(field -> field.context() == context)
              .map(field -> field.path() + (field.keyed() ? "[\"NAME\"]" : ""))
              .collect(Collectors.joining("`, `")));
      out.append("`\n");
    }
    out.append("\nand what the functions `");
    out.append(
        Arrays.stream(Function.values()).map(Function::word).collect(Collectors.joining("`, `")));
    out.append("` make of them. Under `traces::span` names belong to the span, `resource.` and ");
    out.append(
        "`scope.` before a name say otherwise; under `traces::resource` they belong to the ");
    out.append("resource; under `trace_conditions` each has its context before it.\n");
  }

  private void component(Declaration declaration) {
    out.append("\n### ").append(declaration.type()).append("\n\n").append(declaration.doc());
    if (!declaration.aliases().isEmpty()) {
      out.append(" Also named `").append(String.join("`, `", declaration.aliases())).append("`.");
    }
    out.append("\n\n");
    if (!declaration.example().isEmpty()) {
      out.append("```yaml\n").append(declaration.kind().key()).append(":\n  ");
      out.append(declaration.type()).append(":\n");
      out.append(declaration.example().indent(4)).append("```\n\n");
    }
    keys(declaration.section());
  }

  private void keys(Section section) {
    List<String> rows = new ArrayList<>();
    List<String> ignored = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    rows("", section, rows, ignored, refused);
    if (!rows.isEmpty()) {
      out.append("| key | type | default | |\n|---|---|---|---|\n");
      rows.forEach(out::append);
    }
    list("Accepted, and changing nothing", ignored);
    list("Refused", refused);
  }

  private void list(String title, List<String> names) {
    if (!names.isEmpty()) {
      out.append('\n')
          .append(title)
          .append(": `")
          .append(String.join("`, `", names))
          .append("`.\n");
    }
  }

  private static void rows(
      String path, Section section, List<String> rows, List<String> ignored, List<String> refused) {
    for (Key<?> key : section.keys()) {
      String name = path + key.name();
      if (key.support() instanceof Key.Support.Ignored) {
        ignored.add(name);
        continue;
      }
      if (key.support() instanceof Key.Support.Refused) {
        refused.add(name);
        continue;
      }
      Optional<Section> inside = key.type().section();
      String says =
          key.required()
              ? "required"
              : key.defaultText()
                  .filter(text -> !text.isEmpty())
                  .map(t -> "`" + t + "`")
                  .orElse("");
      rows.add("| `%s` | %s | %s | %s |\n".formatted(name, type(key), says, escaped(key.doc())));
      // A type by itself with several sections inside is a list of them, or a map.
      String step = key.type().label().startsWith("list") ? "[]::" : "::";
      inside.ifPresent(s -> rows(name + step, s, rows, ignored, refused));
    }
  }

  /** Without the articles that a message needs. */
  private static String type(Key<?> key) {
    return escaped(key.type().label().replaceAll("\\b(a|an) ", ""));
  }

  private static String escaped(String text) {
    return text.replace("|", "\\|");
  }
}
