// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

/** How a report is written. */
enum ReportFormat {
  /** For people. */
  TEXT,
  /** For programs. */
  JSON
}
