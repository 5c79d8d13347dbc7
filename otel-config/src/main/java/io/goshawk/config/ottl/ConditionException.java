// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.ottl;

/** A text is no condition. The message says at which character, counted from 1, and why. */
public final class ConditionException extends Exception {
  ConditionException(int position, String problem) {
    super("at character " + (position + 1) + ": " + problem);
  }
}
