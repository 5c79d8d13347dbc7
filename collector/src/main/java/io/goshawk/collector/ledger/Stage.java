// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * One stage of the way from a request to a backend, as data: {@code in = dropped + held + out}.
 *
 * <p>What is held is not counted but what the equation leaves, since the counters of a stage at
 * work cannot be read all at once. They are read from the end of the way to its beginning, and each
 * span is counted where it comes in before it is counted where it leaves; so what is held is too
 * much by what passed meanwhile, but never too little: less than nothing is an error in the books.
 * Once everything rests, no more may be held than is known to be.
 *
 * @param in what comes in
 * @param dropped what goes no further, by reason
 * @param held what is under way in this stage
 * @param heldAtRest how much of it may be left when nothing moves any more
 * @param out what goes on to the next stage
 * @param <C> the counts that it is computed from
 */
record Stage<C>(
    Line<C> in, List<Line<C>> dropped, Line<C> held, ToLongFunction<C> heldAtRest, Line<C> out) {

  /**
   * A number with its names.
   *
   * @param key for programs
   * @param label for people
   */
  record Line<C>(String key, String label, ToLongFunction<C> count) {}

  static <C> Line<C> line(String key, String label, ToLongFunction<C> count) {
    return new Line<>(key, label, count);
  }

  /** A stage that holds nothing once it rests. */
  static <C> Stage<C> of(
      Line<C> in, List<Line<C>> dropped, String heldKey, String heldLabel, Line<C> out) {
    return of(in, dropped, heldKey, heldLabel, counts -> 0, out);
  }

  static <C> Stage<C> of(
      Line<C> in,
      List<Line<C>> dropped,
      String heldKey,
      String heldLabel,
      ToLongFunction<C> heldAtRest,
      Line<C> out) {
    return new Stage<>(
        in,
        dropped,
        line(heldKey, heldLabel, counts -> left(in, dropped, out, counts)),
        heldAtRest,
        out);
  }

  private static <C> long left(Line<C> in, List<Line<C>> dropped, Line<C> out, C counts) {
    long left = in.count.applyAsLong(counts) - out.count.applyAsLong(counts);
    for (Line<C> line : dropped) {
      left -= line.count.applyAsLong(counts);
    }
    return left;
  }

  /** The lines below what came in, in the order of the way. */
  List<Line<C>> below() {
    List<Line<C>> lines = new ArrayList<>(dropped);
    lines.add(held);
    lines.add(out);
    return lines;
  }

  /** What is wrong with the equation, if anything. */
  Optional<Imbalance> check(C counts, boolean atRest) {
    long left = held.count.applyAsLong(counts);
    long mayBeLeft = heldAtRest.applyAsLong(counts);
    if (atRest ? left == mayBeLeft : left >= 0) {
      return Optional.empty();
    }
    String equation =
        in.label
            + " = "
            + (dropped.isEmpty() ? "" : "dropped + ")
            + (atRest && mayBeLeft == 0 ? "" : held.label + " + ")
            + out.label;
    long entered = in.count.applyAsLong(counts);
    return Optional.of(new Imbalance(equation, entered, entered - left + (atRest ? mayBeLeft : 0)));
  }
}
