// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.tree;

import java.util.ArrayList;
import java.util.List;

/**
 * Gathers what is wrong and what is odd, so that all of it is said at once. Confined to a thread.
 */
public final class Findings {
  /** Who made more mistakes than these starts with them. */
  private static final int MAX_ERRORS = 100;

  private final List<Finding> errors = new ArrayList<>();
  private final List<Finding> warnings = new ArrayList<>();

  /** Makes the configuration unusable. */
  public void error(Origin origin, String path, String what) {
    add(errors, new Finding(origin, path, what));
  }

  /** Worth knowing. */
  public void warning(Origin origin, String path, String what) {
    add(warnings, new Finding(origin, path, what));
  }

  /** An alias is read wherever it stands, and what it names is wrong only once. */
  private static void add(List<Finding> findings, Finding finding) {
    if (findings.size() < MAX_ERRORS && !findings.contains(finding)) {
      findings.add(finding);
    }
  }

  public List<Finding> errors() {
    return List.copyOf(errors);
  }

  public List<Finding> warnings() {
    return List.copyOf(warnings);
  }

  /**
   * Does nothing if there is no error.
   *
   * @throws InvalidConfigException with all of them
   */
  public void throwIfAny() {
    if (!errors.isEmpty()) {
      throw new InvalidConfigException(errors);
    }
  }
}
