// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.record;

import io.goshawk.spans.otlp.SpanDraft;
import io.goshawk.spans.semconv.GoshawkAttributes;
import io.opentelemetry.api.common.AttributeKey;
import java.util.ArrayList;
import java.util.List;

/**
 * The attributes of a span that are not whole, by their names. For one span after the other, on one
 * thread.
 */
public final class Truncated {
  private final List<String> names = new ArrayList<>();

  /** Begins the next span. */
  public void clear() {
    names.clear();
  }

  /** Adds a name. */
  public void add(String name) {
    names.add(name);
  }

  /** Adds a name that may be there already. */
  public void addOnce(String name) {
    if (!names.contains(name)) {
      names.add(name);
    }
  }

  /** Adds names. */
  public void addAll(List<String> more) {
    names.addAll(more);
  }

  /** Adds what a string stands for, if it was cut or, where none of it is there, cannot be read. */
  public void addIfCut(SpanRecord record, int ref, AttributeKey<String> key) {
    if (record.isCut(ref)) {
      names.add(key.getKey());
    }
  }

  /** Says it, if there is something to say. */
  public void describe(SpanDraft draft) {
    if (!names.isEmpty()) {
      draft.put(GoshawkAttributes.TRUNCATED, names);
    }
  }
}
