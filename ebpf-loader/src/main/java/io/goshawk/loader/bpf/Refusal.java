// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

/**
 * A program that the kernel did not take. The others of its object work without it.
 *
 * @param program its name
 * @param reason with errno, the last lines of the verifier's log and the mend
 */
public record Refusal(String program, BpfException reason) {}
