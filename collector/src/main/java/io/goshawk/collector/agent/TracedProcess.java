// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

/**
 * A process that is traced, for whoever looks at the agent.
 *
 * @param pid its id
 * @param service by which name its spans go
 * @param executable what it runs
 */
public record TracedProcess(int pid, String service, String executable) {}
