// SPDX-License-Identifier: Apache-2.0
/**
 * Logs of the agent: java.util.logging, one line per record on standard error, as text or as JSON.
 *
 * <p>Start reading at {@link io.goshawk.collector.log.Logging}. Formatters keep no state; any
 * thread logs.
 */
@NullMarked
package io.goshawk.collector.log;

import org.jspecify.annotations.NullMarked;
