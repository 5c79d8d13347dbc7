// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

/** A value that cannot be used. The message names the variable, the value and the mend. */
public final class ConfigException extends RuntimeException {

  /**
   * @param variable the variable's name
   * @param problem what is wrong with it, with the value unless that is a secret
   * @param mend what to write instead
   */
  public ConfigException(String variable, String problem, String mend) {
    super(variable + ": " + problem + "; " + mend);
  }
}
