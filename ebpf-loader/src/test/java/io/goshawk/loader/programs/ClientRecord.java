// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.programs;

import io.goshawk.abi.DialTimes;
import io.goshawk.abi.EndReason;
import io.goshawk.abi.HttpClientFlag;
import io.goshawk.abi.HttpClientRecord;
import io.goshawk.abi.HttpClientString;
import io.goshawk.abi.InnermostError;
import io.goshawk.abi.PeerAddress;
import io.goshawk.abi.SpanCore;
import io.goshawk.abi.SpanHeader;
import io.goshawk.abi.StringRef;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

/** A {@code http_client_record}, taken apart. Strings that are empty are missing in the map. */
record ClientRecord(
    long startNanos,
    long endNanos,
    String traceId,
    String spanId,
    String parentSpanId,
    EndReason end,
    int status,
    int protocol,
    int resendCount,
    Set<HttpClientFlag> flags,
    long requestBytes,
    long responseBytes,
    long errorType,
    int errorNumber,
    String peer,
    long waitNanos,
    long lookupNanos,
    long connectNanos,
    long handshakeNanos,
    Map<HttpClientString, String> strings) {

  static ClientRecord read(byte[] ring, int base) {
    Map<HttpClientString, String> strings = new EnumMap<>(HttpClientString.class);
    for (int i = 0; i < HttpClientString.HTTP_CLIENT_STRING_COUNT.value(); i++) {
      int ref = base + HttpClientRecord.OFFSET_STRINGS + i * StringRef.SIZE;
      if (StringRef.originalLength(ring, ref) > 0) {
        int from = base + StringRef.offset(ring, ref);
        strings.put(
            HttpClientString.of(i),
            new String(ring, from, StringRef.length(ring, ref), StandardCharsets.UTF_8));
      }
    }
    Set<HttpClientFlag> flags = EnumSet.noneOf(HttpClientFlag.class);
    for (HttpClientFlag flag : HttpClientFlag.values()) {
      if ((HttpClientRecord.flags(ring, base) & flag.value()) != 0) {
        flags.add(flag);
      }
    }
    int core = base + SpanHeader.OFFSET_CORE;
    int error = base + HttpClientRecord.OFFSET_ERROR;
    return new ClientRecord(
        SpanCore.startNs(ring, core),
        SpanHeader.endNs(ring, base),
        hex(ring, core + SpanCore.OFFSET_TRACE_ID, SpanCore.LENGTH_TRACE_ID),
        hex(ring, core + SpanCore.OFFSET_SPAN_ID, SpanCore.LENGTH_SPAN_ID),
        hex(ring, core + SpanCore.OFFSET_PARENT_SPAN_ID, SpanCore.LENGTH_PARENT_SPAN_ID),
        EndReason.of(SpanHeader.endReason(ring, base)),
        HttpClientRecord.status(ring, base),
        HttpClientRecord.protocolMajor(ring, base) * 10
            + HttpClientRecord.protocolMinor(ring, base),
        HttpClientRecord.resendCount(ring, base),
        flags,
        HttpClientRecord.requestBodyBytes(ring, base),
        HttpClientRecord.responseBodyBytes(ring, base),
        InnermostError.type(ring, error),
        InnermostError.number(ring, error),
        peer(ring, base + HttpClientRecord.OFFSET_PEER),
        HttpClientRecord.waitNs(ring, base),
        DialTimes.lookupNs(ring, base + HttpClientRecord.OFFSET_DIAL),
        DialTimes.connectNs(ring, base + HttpClientRecord.OFFSET_DIAL),
        DialTimes.handshakeNs(ring, base + HttpClientRecord.OFFSET_DIAL),
        strings);
  }

  /** As Go writes it; empty for none. */
  private static String peer(byte[] ring, int peer) {
    int length = PeerAddress.length(ring, peer);
    if (length == 0) {
      return "";
    }
    int from = peer + PeerAddress.OFFSET_ADDRESS;
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(ring, from, from + length))
              .getHostAddress()
          + ":"
          + PeerAddress.port(ring, peer);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of " + length + " bytes", e);
    }
  }

  private static String hex(byte[] ring, int offset, int length) {
    return HexFormat.of().formatHex(ring, offset, offset + length);
  }

  String string(HttpClientString which) {
    return strings.getOrDefault(which, "");
  }

  String path() {
    return string(HttpClientString.HTTP_CLIENT_PATH);
  }
}
