// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.headers;

import io.goshawk.spans.record.LibrarySettings;
import java.util.List;

/**
 * Which headers become attributes.
 *
 * @param captured by the numbers that records have them by
 */
public record HeaderSettings(List<CapturedHeader> captured) implements LibrarySettings {

  /** None. */
  public static final HeaderSettings DEFAULT = new HeaderSettings(List.of());

  public HeaderSettings {
    captured = List.copyOf(captured);
  }
}
