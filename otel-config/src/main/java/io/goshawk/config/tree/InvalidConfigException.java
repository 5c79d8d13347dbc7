// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.tree;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration that cannot be used. The message is all that is wrong with it, line by line. */
public final class InvalidConfigException extends RuntimeException {
  private final transient List<Finding> errors;

  public InvalidConfigException(List<Finding> errors) {
    super(errors.stream().map(Finding::toString).collect(Collectors.joining("\n")));
    this.errors = List.copyOf(errors);
  }

  InvalidConfigException(Origin origin, String what) {
    this(List.of(new Finding(origin, "", what)));
  }

  /** In the order they were found. */
  public List<Finding> errors() {
    return errors;
  }
}
