// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import java.util.Locale;

/** What a component does. */
public enum ComponentKind {
  /** Brings data in. */
  RECEIVER("Receivers"),
  /** Changes data on its way. */
  PROCESSOR("Processors"),
  /** Takes data out. */
  EXPORTER("Exporters"),
  /** Takes data out of one pipeline and into another, perhaps as something else. */
  CONNECTOR("Connectors"),
  /** Serves the others, without data of its own. */
  EXTENSION("Extensions");

  private final String title;

  ComponentKind(String title) {
    this.title = title;
  }

  /** Several of them, as a heading. */
  public String title() {
    return title;
  }

  /** The key of a configuration under which they stand. */
  public String key() {
    return title.toLowerCase(Locale.ROOT);
  }

  /** One of them. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
