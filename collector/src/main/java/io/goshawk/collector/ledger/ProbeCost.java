// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

/**
 * What the probes of a row are estimated to have cost one binary's processes since they are there.
 *
 * @param binary its path
 * @param row its name
 * @param hits of its probes
 * @param nanos of the processors' time: what the programs took, and the traps
 */
public record ProbeCost(String binary, String row, long hits, long nanos) {}
