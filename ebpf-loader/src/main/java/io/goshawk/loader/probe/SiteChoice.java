// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import io.goshawk.loader.decode.Instruction;

/** What came of looking for a site in a function. */
sealed interface SiteChoice {

  /** The instruction to probe, and its text. */
  record Chosen(Instruction instruction, String text) implements SiteChoice {}

  /** No instruction will do. */
  record None(String reason) implements SiteChoice {}
}
