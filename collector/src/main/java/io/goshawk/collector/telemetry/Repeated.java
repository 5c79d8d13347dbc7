// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.telemetry;

import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Numbers of a repeated field, packed or not: readers have to take both. */
public final class Repeated {
  private Repeated() {}

  /** Those of eight bytes each, doubles as their bits. */
  public static long[] fixed64(ProtoReader message, int field) throws MalformedException {
    long[] all = new long[0];
    int count = 0;
    while (message.next()) {
      if (message.isBytes(field)) {
        int more = message.length() / Long.BYTES;
        all = withRoom(all, count, more);
        ByteBuffer.wrap(message.array(), message.start(), message.length())
            .order(ByteOrder.LITTLE_ENDIAN)
            .asLongBuffer()
            .get(all, count, more);
        count += more;
      } else if (message.field() == field) {
        all = withRoom(all, count, 1);
        all[count++] = message.number();
      }
    }
    return Arrays.copyOf(all, count);
  }

  /** Those of eight bytes each that are doubles. */
  public static double[] doubles(ProtoReader message, int field) throws MalformedException {
    return Arrays.stream(fixed64(message, field)).mapToDouble(Double::longBitsToDouble).toArray();
  }

  /** Varints. */
  public static long[] varints(ProtoReader message, int field) throws MalformedException {
    long[] all = new long[0];
    int count = 0;
    while (message.next()) {
      if (message.isBytes(field)) {
        // None is shorter than a byte.
        all = withRoom(all, count, message.length());
        for (ProtoReader packed = message.message(); packed.nextVarint(); ) {
          all[count++] = packed.number();
        }
      } else if (message.isNumber(field)) {
        all = withRoom(all, count, 1);
        all[count++] = message.number();
      }
    }
    return Arrays.copyOf(all, count);
  }

  /** Grows by its own length at least: whoever writes numbers one by one may write many. */
  private static long[] withRoom(long[] all, int count, int more) {
    return all.length - count >= more
        ? all
        : Arrays.copyOf(all, Math.max(count + more, 2 * all.length));
  }

  /** A {@code sint32} or {@code sint64} of what stands on the wire. */
  public static long signed(long zigzag) {
    return zigzag >>> 1 ^ -(zigzag & 1);
  }
}
