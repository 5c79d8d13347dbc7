// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import io.goshawk.config.schema.Section;
import java.util.List;
import java.util.Set;

/**
 * What there is to know of a component without running it.
 *
 * @param type its name in configurations
 * @param aliases further names of the type, older ones or those of elsewhere
 * @param takes the signals that go in; of a receiver or an extension none
 * @param gives the signals that come out; of an exporter or an extension none
 * @param section its keys
 * @param doc what it does, in a sentence or two
 * @param example a configuration of it that somebody would want, as YAML below its type
 */
public record Declaration(
    ComponentKind kind,
    String type,
    List<String> aliases,
    Set<Signal> takes,
    Set<Signal> gives,
    Section section,
    String doc,
    String example) {

  public Declaration {
    aliases = List.copyOf(aliases);
    takes = Set.copyOf(takes);
    gives = Set.copyOf(gives);
  }

  static Declaration receiver(
      String type, Set<Signal> gives, Section section, String doc, String example) {
    return new Declaration(
        ComponentKind.RECEIVER, type, List.of(), Set.of(), gives, section, doc, example);
  }

  static Declaration processor(
      String type, Set<Signal> signals, Section section, String doc, String example) {
    return new Declaration(
        ComponentKind.PROCESSOR, type, List.of(), signals, signals, section, doc, example);
  }

  static Declaration exporter(
      String type, Set<Signal> takes, Section section, String doc, String example) {
    return new Declaration(
        ComponentKind.EXPORTER, type, List.of(), takes, Set.of(), section, doc, example);
  }

  static Declaration extension(String type, Section section, String doc, String example) {
    return new Declaration(
        ComponentKind.EXTENSION, type, List.of(), Set.of(), Set.of(), section, doc, example);
  }

  /** From traces to metrics. */
  static Declaration connector(String type, Section section, String doc, String example) {
    return new Declaration(
        ComponentKind.CONNECTOR,
        type,
        List.of(),
        Set.of(Signal.TRACES),
        Set.of(Signal.METRICS),
        section,
        doc,
        example);
  }

  /** The same with a further name. */
  Declaration formerly(String alias) {
    return new Declaration(kind, type, List.of(alias), takes, gives, section, doc, example);
  }
}
