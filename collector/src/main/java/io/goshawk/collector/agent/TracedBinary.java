// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.AbiLimit;
import io.goshawk.spans.resource.TargetProcess.GoBuild;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.IntStream;

/**
 * A binary that carries probes. What {@link #observe} asks belongs to the drain thread, everything
 * else to the control thread.
 */
final class TracedBinary {

  private final String name;
  private final String architecture;
  private final GoBuild build;
  private final Map<Long, String> typeNames;

  /** By the type of record; one writer, so that no addition has to be a fence. */
  private final AtomicLongArray records = new AtomicLongArray(AbiLimit.RECORD_SPANS_END.value());

  private final List<DetachableRow> detachableRows =
      RowPolicy.KINDS.stream().map(DetachableRow::new).toList();

  /**
   * A binary.
   *
   * @param name what the user calls it: its path
   * @param architecture as Go names it: {@code amd64}
   * @param build what it says of its build
   * @param typeNames of the Go types that records tell by their addresses
   */
  TracedBinary(String name, String architecture, GoBuild build, Map<Long, String> typeNames) {
    this.name = name;
    this.architecture = architecture;
    this.build = build;
    this.typeNames = typeNames;
  }

  String name() {
    return name;
  }

  String architecture() {
    return architecture;
  }

  GoBuild build() {
    return build;
  }

  /** The full name of a Go type of its; empty if it is not known. */
  String typeName(long address) {
    return typeNames.getOrDefault(address, "");
  }

  /** A record of its was read. On the drain thread. */
  void recordRead(int type) {
    if (type < records.length()) {
      records.lazySet(type, records.getPlain(type) + 1);
    }
  }

  /** How many of its records were read until now, by their type. From any thread. */
  long[] records() {
    return IntStream.range(0, records.length()).mapToLong(records::get).toArray();
  }

  /** The rows that come and go. */
  List<DetachableRow> detachableRows() {
    return detachableRows;
  }

  /** One of its spans has finished: asks the policies what they make of it. On the drain thread. */
  void observe(byte[] record, int offset, ProcessEvents events) {
    for (DetachableRow row : detachableRows) {
      RowPolicy.Decision decision = row.observe(record, offset);
      if (decision != RowPolicy.Decision.KEEP) {
        events.row(this, row, decision == RowPolicy.Decision.ATTACH);
      }
    }
  }

  /** Path and Go version. */
  @Override
  public String toString() {
    return name + " (" + build.version() + ")";
  }
}
