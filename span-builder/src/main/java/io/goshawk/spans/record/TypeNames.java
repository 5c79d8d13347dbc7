// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.record;

/** Knows the Go types that records tell by their addresses. Asked on the drain thread. */
@FunctionalInterface
public interface TypeNames {

  /**
   * The full name of a type, for example {@code *github.com/lib/pq.Error}.
   *
   * @param binary the executable, as {@link SpanRecord#binary} has it
   * @param address of the type in that executable
   * @return empty if it is not known
   */
  String typeName(int binary, long address);
}
