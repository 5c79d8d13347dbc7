// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans;

import io.goshawk.spans.data.AttributeLimits;
import io.goshawk.spans.record.LibrarySettings;
import java.util.ArrayList;
import java.util.List;

/**
 * What spans may say.
 *
 * @param agentVersion version of Goshawk, which every scope carries
 * @param parentSource whether spans say who told which span their parent is
 * @param libraries of the libraries whose settings are not the defaults, at most one of a class
 */
public record SpanSettings(
    String agentVersion,
    AttributeLimits limits,
    boolean parentSource,
    List<LibrarySettings> libraries) {

  public SpanSettings {
    libraries = List.copyOf(libraries);
  }

  /** The defaults. */
  public static SpanSettings defaults(String agentVersion) {
    return new SpanSettings(agentVersion, AttributeLimits.DEFAULT, false, List.of());
  }

  /** The same with other settings of a library. */
  public SpanSettings with(LibrarySettings library) {
    List<LibrarySettings> changed = new ArrayList<>(libraries);
    changed.removeIf(before -> before.getClass() == library.getClass());
    changed.add(library);
    return new SpanSettings(agentVersion, limits, parentSource, changed);
  }

  /** The settings of a library, or those it has otherwise. */
  public <S extends LibrarySettings> S of(Class<S> library, S otherwise) {
    return libraries.stream()
        .filter(library::isInstance)
        .map(library::cast)
        .findFirst()
        .orElse(otherwise);
  }
}
