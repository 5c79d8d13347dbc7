// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

/**
 * One number of the books, for whoever shows all of them.
 *
 * @param of what it is counted of: {@code libraries}, {@code agent}, {@code receivers}, {@code
 *     processors}, {@code exporters} or {@code services}
 * @param name which of them; empty if there is but one
 * @param key of what is counted, for programs
 * @param label the same for people
 */
public record Measure(String of, String name, String key, String label, long count) {}
