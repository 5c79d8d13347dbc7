// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.HttpServerFlag;
import io.goshawk.abi.HttpServerRecord;
import io.goshawk.abi.RecordType;
import java.util.List;
import java.util.stream.Stream;

/**
 * When the probe is worth its trap that sees gin, echo or chi give its object of a request back.
 *
 * <p>It proves that the object is alive when a request ends in whose time garbage was collected.
 * The requests of most services take less time than that is apart.
 */
final class RouterReturnPolicy implements RowPolicy {

  static final List<RowPolicy.Kind> KINDS =
      Stream.of("gin", "echo", "echo.v5", "chi")
          .map(
              router ->
                  new RowPolicy.Kind(
                      "http.route." + router + ".return",
                      RecordType.RECORD_HTTP_SERVER,
                      RouterReturnPolicy::new))
          .toList();

  private final Need need = new Need();

  @Override
  public Decision observe(byte[] record, int offset, boolean underProbe) {
    int flags = HttpServerRecord.flags(record, offset);
    boolean unproven = (flags & HttpServerFlag.HTTP_ROUTE_UNPROVEN.value()) != 0;
    boolean old = (flags & HttpServerFlag.HTTP_ROUTE_OLD.value()) != 0;
    return need.observe(underProbe, old && !unproven, unproven);
  }
}
