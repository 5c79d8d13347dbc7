// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import java.util.Arrays;
import java.util.Optional;

/**
 * Which pipeline it is: {@code traces} or {@code traces/name}.
 *
 * @param name empty for the one without
 */
public record PipelineId(Signal signal, String name) {

  /** Reads one; empty if the text is none. */
  static Optional<PipelineId> parse(String text) {
    return ComponentId.parse(text)
        .flatMap(
            id ->
                Arrays.stream(Signal.values())
                    .filter(signal -> signal.toString().equals(id.type()))
                    .map(signal -> new PipelineId(signal, id.name()))
                    .findFirst());
  }

  @Override
  public String toString() {
    return name.isEmpty() ? signal.toString() : signal + "/" + name;
  }
}
