// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.UnknownType;
import io.goshawk.abi.UnknownTypeRecord;
import io.goshawk.loader.ring.RecordHandler;
import java.util.logging.Logger;

/** Names what the programs do not trace, since they would not see its end. On the drain thread. */
final class UnknownTypes implements RecordHandler {

  private static final Logger LOG = Logger.getLogger(UnknownTypes.class.getName());

  private final TargetDirectory directory;

  UnknownTypes(TargetDirectory directory) {
    this.directory = directory;
  }

  @Override
  public void onRecord(byte[] records, int offset, int length) {
    TracedBinary binary = directory.binary(RecordHeader.binary(records, offset));
    if (binary != null) {
      String type =
          binary.typeName(UnknownType.address(records, offset + UnknownTypeRecord.OFFSET_FOUND));
      LOG.warning(
          () ->
              "%s: what is answered through %s has no spans: no probe would see its end"
                  .formatted(
                      binary.name(), type.isEmpty() ? "a type without a name" : "a " + type));
    }
  }
}
