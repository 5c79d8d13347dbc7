// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config;

/** What {@code OTEL_LOG_LEVEL} lets through, from nothing to everything. */
public enum LogLevel {
  /** Nothing. */
  NONE,
  /** What ends or hinders the job. */
  ERROR,
  /** And what may need a hand. */
  WARN,
  /** And what happens once in a while. */
  INFO,
  /** And what helps to find a fault. */
  DEBUG
}
