// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.tree;

/**
 * Something that is wrong or odd in a configuration.
 *
 * @param origin where
 * @param path the keys that lead there, as the Collector writes them: {@code
 *     exporters::otlp_grpc::tls}; empty if it is about all of it
 * @param what what is wrong and what mends it
 */
public record Finding(Origin origin, String path, String what) {

  /** The path of a map's value. */
  public static String member(String path, String key) {
    return path.isEmpty() ? key : path + "::" + key;
  }

  /** The path of a list's element, counted from 0. */
  public static String element(String path, int index) {
    return path + "[" + index + "]";
  }

  /** One line. */
  @Override
  public String toString() {
    return (origin.equals(Origin.DEFAULT) ? "" : origin + ": ")
        + (path.isEmpty() ? "" : path + ": ")
        + what;
  }
}
