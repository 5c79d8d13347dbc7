// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

/**
 * An equation of the ledger that does not hold.
 *
 * @param equation the two sides in words
 * @param left the first side's sum
 * @param right the second side's sum
 */
public record Imbalance(String equation, long left, long right) {

  /** How many are missing on the right; negative: how many are too many there. */
  public long missing() {
    return left - right;
  }

  /** The same, told of one column of several. */
  Imbalance of(String column) {
    return new Imbalance(column + ": " + equation, left, right);
  }

  @Override
  public String toString() {
    return equation + ": " + left + " against " + right;
  }
}
