// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.programs;

import io.goshawk.abi.EndReason;
import io.goshawk.abi.HttpServerFlag;
import io.goshawk.abi.HttpServerRecord;
import io.goshawk.abi.HttpString;
import io.goshawk.abi.ParentSource;
import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.SpanCore;
import io.goshawk.abi.SpanFlag;
import io.goshawk.abi.SpanHeader;
import io.goshawk.abi.StringRef;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

/**
 * A {@code http_server_record}, taken apart. Strings that are not there are missing in the maps.
 */
record HttpRecord(
    long tgid,
    long goid,
    long startNanos,
    long endNanos,
    String traceId,
    String spanId,
    String parentSpanId,
    int traceFlags,
    boolean sampled,
    ParentSource parentSource,
    EndReason end,
    int status,
    int protocol,
    Set<HttpServerFlag> flags,
    long requestBytes,
    long responseBytes,
    Map<HttpString, String> strings,
    Map<HttpString, Integer> originalLengths) {

  static HttpRecord read(byte[] ring, int base) {
    Map<HttpString, String> strings = new EnumMap<>(HttpString.class);
    Map<HttpString, Integer> lengths = new EnumMap<>(HttpString.class);
    for (int i = 0; i < HttpString.HTTP_STRING_COUNT.value(); i++) {
      int ref = base + HttpServerRecord.OFFSET_STRINGS + i * StringRef.SIZE;
      if (StringRef.originalLength(ring, ref) > 0) {
        strings.put(
            HttpString.of(i),
            new String(
                ring,
                base + StringRef.offset(ring, ref),
                StringRef.length(ring, ref),
                StandardCharsets.UTF_8));
        lengths.put(HttpString.of(i), StringRef.originalLength(ring, ref));
      }
    }
    Set<HttpServerFlag> flags = EnumSet.noneOf(HttpServerFlag.class);
    for (HttpServerFlag flag : HttpServerFlag.values()) {
      if ((HttpServerRecord.flags(ring, base) & flag.value()) != 0) {
        flags.add(flag);
      }
    }
    int core = base + SpanHeader.OFFSET_CORE;
    return new HttpRecord(
        RecordHeader.tgid(ring, base),
        SpanHeader.goid(ring, base),
        SpanCore.startNs(ring, core),
        SpanHeader.endNs(ring, base),
        hex(ring, core + SpanCore.OFFSET_TRACE_ID, SpanCore.LENGTH_TRACE_ID),
        hex(ring, core + SpanCore.OFFSET_SPAN_ID, SpanCore.LENGTH_SPAN_ID),
        hex(ring, core + SpanCore.OFFSET_PARENT_SPAN_ID, SpanCore.LENGTH_PARENT_SPAN_ID),
        SpanCore.traceFlags(ring, core),
        (SpanCore.flags(ring, core) & SpanFlag.SPAN_SAMPLED.value()) != 0,
        ParentSource.of(SpanCore.parentSource(ring, core)),
        EndReason.of(SpanHeader.endReason(ring, base)),
        HttpServerRecord.status(ring, base),
        HttpServerRecord.protocolMajor(ring, base) * 10
            + HttpServerRecord.protocolMinor(ring, base),
        flags,
        HttpServerRecord.requestBodyBytes(ring, base),
        HttpServerRecord.responseBodyBytes(ring, base),
        strings,
        lengths);
  }

  String string(HttpString which) {
    return strings.getOrDefault(which, "");
  }

  boolean upgrade() {
    return flags.contains(HttpServerFlag.HTTP_UPGRADE);
  }

  String target() {
    return string(HttpString.HTTP_REQUEST_TARGET);
  }

  String route() {
    return string(HttpString.HTTP_ROUTE);
  }

  /** What the kernel saw of the request, to be compared with what the handler says it saw. */
  Handled handled() {
    return new Handled(
        goid,
        string(HttpString.HTTP_METHOD),
        target(),
        string(HttpString.HTTP_HOST),
        string(HttpString.HTTP_REMOTE_ADDRESS),
        string(HttpString.HTTP_USER_AGENT),
        requestBytes,
        protocol);
  }

  /** A request as its outermost handler saw it. */
  record Handled(
      long goid,
      String method,
      String target,
      String host,
      String remoteAddress,
      String userAgent,
      long contentLength,
      int protocol) {}

  private static String hex(byte[] ring, int offset, int length) {
    return HexFormat.of().formatHex(ring, offset, offset + length);
  }
}
