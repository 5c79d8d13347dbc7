// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.storage;

/**
 * A place in a log.
 *
 * @param segment the number of the segment
 * @param offset where in its file a record begins, or its end
 * @param skip how many of that record's items lie before the place
 */
record Position(long segment, long offset, int skip) implements Comparable<Position> {

  /** Another place in the same record. */
  Position withSkip(int items) {
    return new Position(segment, offset, items);
  }

  @Override
  public int compareTo(Position other) {
    int bySegment = Long.compare(segment, other.segment);
    if (bySegment != 0) {
      return bySegment;
    }
    int byOffset = Long.compare(offset, other.offset);
    return byOffset != 0 ? byOffset : Integer.compare(skip, other.skip);
  }
}
