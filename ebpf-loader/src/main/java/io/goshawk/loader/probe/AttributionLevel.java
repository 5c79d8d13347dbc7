// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

/** How much spans say of where their time went. Each level has what those before it have. */
public enum AttributionLevel {
  /** Nothing that takes a row of its own. */
  NONE,
  /** What calls wait for: a connection to be made, or to be given back by others. */
  CALLS;

  /** Whether this level has the rows of another one. */
  boolean includes(AttributionLevel other) {
    return compareTo(other) >= 0;
  }
}
