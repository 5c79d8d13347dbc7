// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.record;

import io.goshawk.spans.data.TraceStates;
import io.goshawk.spans.otlp.SpanDraft;

/** The tracestate that came in with a server's parent. */
public final class IncomingTraceState {
  private static final String NAME = "tracestate";

  private IncomingTraceState() {}

  /**
   * Hands it on, also where the parent is the caller that has only passed on what came in with the
   * same trace. One that was cut is none: half a list is another one.
   */
  public static void describe(SpanRecord record, int ref, SpanDraft draft, Truncated truncated) {
    if (record.isCut(ref)) {
      truncated.add(NAME);
    } else if (record.parentIsRemote() && record.stringLength(ref) > 0) {
      draft.traceState(TraceStates.parse(record.string(ref)));
    }
  }
}
