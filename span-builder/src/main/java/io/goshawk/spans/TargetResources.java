// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans;

import io.goshawk.spans.record.TypeNames;
import io.opentelemetry.sdk.resources.Resource;
import org.jspecify.annotations.Nullable;

/**
 * Knows the resources of the processes that spans come from, and the types of their Go programs.
 * Asked on the drain thread.
 */
@FunctionalInterface
public interface TargetResources extends TypeNames {

  /**
   * The resource of a process, the same instance every time: exporters group spans by it.
   *
   * @param tgid process id in the initial pid namespace
   * @return null if the process is not known, or no longer; its spans then carry its id and little
   *     else
   */
  @Nullable Resource resource(int tgid);

  @Override
  default String typeName(int binary, long address) {
    return "";
  }
}
