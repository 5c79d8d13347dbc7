// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

/** What a probe does for its span. */
public enum Role {
  START,
  END,
  /** Adds to a span that is open. */
  OBSERVE
}
