// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.RecordHeader;
import io.goshawk.loader.ring.RecordHandler;
import org.jspecify.annotations.Nullable;

/**
 * Hands each record of the ring to who takes its type: spans, the life of processes, whatever else
 * the programs have to say. Confined to the drain thread.
 */
final class RecordRoutes implements RecordHandler {

  private final @Nullable RecordHandler[] byType = new RecordHandler[256];
  private final RecordHandler others;

  /**
   * Routes for no type yet.
   *
   * @param others takes what has no route, and what is too short to have a type
   */
  RecordRoutes(RecordHandler others) {
    this.others = others;
  }

  /**
   * Sends records of a type to a handler.
   *
   * @throws IllegalArgumentException if they go to another one already
   */
  RecordRoutes route(int type, RecordHandler handler) {
    if (byType[type] != null) {
      throw new IllegalArgumentException("records of type " + type + " have a route already");
    }
    byType[type] = handler;
    return this;
  }

  @Override
  public void onRecord(byte[] records, int offset, int length) {
    int type = length < RecordHeader.SIZE ? -1 : RecordHeader.type(records, offset);
    RecordHandler handler = type < 0 || type >= byType.length ? null : byType[type];
    (handler != null ? handler : others).onRecord(records, offset, length);
  }
}
