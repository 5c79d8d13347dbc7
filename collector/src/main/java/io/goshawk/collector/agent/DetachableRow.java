// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.SpanCore;
import io.goshawk.abi.SpanHeader;

/**
 * A row of one binary that comes and goes, with the policy that says when. The policy belongs to
 * the drain thread, the rest to any.
 */
final class DetachableRow {

  /** No span starts that late. */
  private static final long NEVER = Long.MAX_VALUE;

  private final RowPolicy.Kind kind;
  private final RowPolicy policy;
  private volatile long attachedSinceNanos = NEVER;
  private volatile boolean wanted = true;

  DetachableRow(RowPolicy.Kind kind) {
    this.kind = kind;
    this.policy = kind.create().get();
  }

  /** Its name in the catalogue. */
  String name() {
    return kind.row();
  }

  /** Whether the policy wants its probes there. */
  boolean isWanted() {
    return wanted;
  }

  /** The policy has decided. */
  void want(boolean there) {
    wanted = there;
  }

  /** Its probes are there since that time of CLOCK_MONOTONIC. */
  void attached(long nanos) {
    attachedSinceNanos = nanos;
  }

  /** Its probes are gone. */
  void detached() {
    attachedSinceNanos = NEVER;
  }

  /** What the policy wants once a span's record was seen. */
  RowPolicy.Decision observe(byte[] record, int offset) {
    if (RecordHeader.type(record, offset) != kind.observes().value()) {
      return RowPolicy.Decision.KEEP;
    }
    return policy.observe(
        record,
        offset,
        SpanCore.startNs(record, offset + SpanHeader.OFFSET_CORE) >= attachedSinceNanos);
  }
}
