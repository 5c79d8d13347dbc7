// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.pipeline;

import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.StartException;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.Signal;

/** An extension that keeps what waits for exporters. */
public interface BacklogStorage extends Extension {

  /**
   * Opens an exporter's, with what an earlier run has left.
   *
   * @param signal what waits there; of each signal that it takes an exporter has its own
   * @throws StartException if it cannot be kept there
   */
  Backlog open(ComponentId exporter, Signal signal) throws StartException;
}
