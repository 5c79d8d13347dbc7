// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.truth;

import com.google.gson.JsonObject;

/**
 * A request as the service saw it. Times are CLOCK_MONOTONIC nanoseconds.
 *
 * @param enter the outermost handler began
 * @param leave it returned or panicked
 * @param settled the server was done with the request; 0: not known
 */
record ServedRequest(String key, long enter, long leave, long settled) {

  static ServedRequest of(JsonObject line) {
    return new ServedRequest(
        line.get("id").getAsString() + " " + line.get("path").getAsString(),
        line.get("enter").getAsLong(),
        line.get("leave").getAsLong(),
        line.get("settled").getAsLong());
  }
}
