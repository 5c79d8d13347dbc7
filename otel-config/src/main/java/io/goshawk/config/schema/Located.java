// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.schema;

import io.goshawk.config.tree.Origin;

/**
 * A value and where it was written.
 *
 * @param at tells what is wrong with it
 */
public record Located<T>(T value, Origin origin, Reading at) {

  /** It cannot be used. */
  public void error(String what) {
    at.error(origin, what);
  }
}
