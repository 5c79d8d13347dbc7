// SPDX-License-Identifier: Apache-2.0
/**
 * The command line: one class per command, each of which reads its options, hands over to the agent
 * or a report, and returns an exit status of {@link io.goshawk.collector.cli.ExitStatus}.
 *
 * <p>Start reading at {@link io.goshawk.collector.cli.Main}. Data goes to standard output, logs and
 * summaries to standard error, always.
 */
@NullMarked
package io.goshawk.collector.cli;

import org.jspecify.annotations.NullMarked;
