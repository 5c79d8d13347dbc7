// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.testing;

import io.goshawk.abi.BlockHeader;
import io.goshawk.abi.CapturedValue;
import io.goshawk.abi.EndReason;
import io.goshawk.abi.HttpServerFlag;
import io.goshawk.abi.HttpServerRecord;
import io.goshawk.abi.HttpString;
import io.goshawk.abi.ParentSource;
import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.SpanCore;
import io.goshawk.abi.SpanFlag;
import io.goshawk.abi.SpanHeader;
import io.goshawk.abi.StringRef;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Writes an HTTP server record as the kernel would. Begins as {@code GET /} over HTTP/1.1, answered
 * with 200 and five bytes.
 */
public final class HttpRecord {
  private record Text(byte[] bytes, long originalLength) {}

  private record Header(int number, byte[] bytes, long originalLength) {
    int size() {
      return CapturedValue.SIZE + bytes.length;
    }
  }

  private final Map<HttpString, Text> strings = new EnumMap<>(HttpString.class);
  private final List<Header> headers = new ArrayList<>();
  private final List<byte[]> blocks = new ArrayList<>();
  private final ByteBuffer fixed =
      ByteBuffer.allocate(HttpServerRecord.SIZE).order(ByteOrder.LITTLE_ENDIAN);

  private HttpRecord() {
    RecordHeader.type(fixed, 0, RecordType.RECORD_HTTP_SERVER.value());
    RecordHeader.tgid(fixed, 0, 4711);
    SpanHeader.goid(fixed, 0, 18);
    ids("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331").flags(1, SpanFlag.SPAN_SAMPLED);
    times(5_000_000_000L, 5_000_250_000L).ended(EndReason.END_RETURNED);
    status(200).protocol(1, 1).sizes(0, 5);
    with(HttpString.HTTP_METHOD, "GET").with(HttpString.HTTP_REQUEST_TARGET, "/");
    with(HttpString.HTTP_HOST, "shop.example:8080");
    with(HttpString.HTTP_REMOTE_ADDRESS, "192.0.2.7:40312");
  }

  public static HttpRecord get() {
    return new HttpRecord();
  }

  public static HttpRecord get(String target) {
    return get().with(HttpString.HTTP_REQUEST_TARGET, target);
  }

  public static HttpRecord of(String method, String target) {
    return get(target).with(HttpString.HTTP_METHOD, method);
  }

  public HttpRecord with(HttpString string, String text) {
    return with(string, text.getBytes(StandardCharsets.UTF_8));
  }

  public HttpRecord with(HttpString string, byte[] bytes) {
    strings.put(string, new Text(bytes, bytes.length));
    return this;
  }

  /** The beginning of a string that had that many bytes in the target. */
  public HttpRecord cut(HttpString string, byte[] bytes, long originalLength) {
    strings.put(string, new Text(bytes, originalLength));
    return this;
  }

  public HttpRecord cut(HttpString string, String text, long originalLength) {
    return cut(string, text.getBytes(StandardCharsets.UTF_8), originalLength);
  }

  public HttpRecord without(HttpString string) {
    strings.remove(string);
    return this;
  }

  public HttpRecord process(int tgid) {
    RecordHeader.tgid(fixed, 0, tgid);
    return this;
  }

  public HttpRecord ids(String traceId, String spanId) {
    fixed.put(SpanHeader.OFFSET_CORE + SpanCore.OFFSET_TRACE_ID, HexFormat.of().parseHex(traceId));
    fixed.put(SpanHeader.OFFSET_CORE + SpanCore.OFFSET_SPAN_ID, HexFormat.of().parseHex(spanId));
    return this;
  }

  public HttpRecord parent(String spanId, ParentSource source) {
    SpanCore.parentSource(fixed, SpanHeader.OFFSET_CORE, source.value());
    fixed.put(
        SpanHeader.OFFSET_CORE + SpanCore.OFFSET_PARENT_SPAN_ID, HexFormat.of().parseHex(spanId));
    return this;
  }

  public HttpRecord flags(int traceFlags, SpanFlag... spanFlags) {
    SpanCore.traceFlags(fixed, SpanHeader.OFFSET_CORE, traceFlags);
    int bits = 0;
    for (SpanFlag flag : spanFlags) {
      bits |= flag.value();
    }
    SpanCore.flags(fixed, SpanHeader.OFFSET_CORE, bits);
    return this;
  }

  public HttpRecord times(long startNanos, long endNanos) {
    SpanCore.startNs(fixed, SpanHeader.OFFSET_CORE, startNanos);
    SpanHeader.endNs(fixed, 0, endNanos);
    return this;
  }

  public HttpRecord ended(EndReason reason) {
    SpanHeader.endReason(fixed, 0, reason.value());
    return this;
  }

  public HttpRecord status(int status) {
    HttpServerRecord.status(fixed, 0, status);
    return this;
  }

  public HttpRecord protocol(int major, int minor) {
    HttpServerRecord.protocolMajor(fixed, 0, major);
    HttpServerRecord.protocolMinor(fixed, 0, minor);
    return this;
  }

  public HttpRecord sizes(long request, long response) {
    HttpServerRecord.requestBodyBytes(fixed, 0, request);
    HttpServerRecord.responseBodyBytes(fixed, 0, response);
    return this;
  }

  public HttpRecord tls() {
    return flag(HttpServerFlag.HTTP_TLS);
  }

  public HttpRecord upgrade() {
    return flag(HttpServerFlag.HTTP_UPGRADE);
  }

  public HttpRecord flag(HttpServerFlag flag) {
    HttpServerRecord.flags(fixed, 0, HttpServerRecord.flags(fixed, 0) | flag.value());
    return this;
  }

  /** Adds the value of a captured header, which had that many bytes in the target. */
  public HttpRecord captured(int number, String value, long originalLength) {
    headers.add(new Header(number, value.getBytes(StandardCharsets.UTF_8), originalLength));
    return this;
  }

  /** Adds an optional block. */
  public HttpRecord block(int type, byte[] payload) {
    ByteBuffer block =
        ByteBuffer.allocate((BlockHeader.SIZE + payload.length + 7) & ~7)
            .order(ByteOrder.LITTLE_ENDIAN);
    BlockHeader.type(block, 0, type);
    BlockHeader.size(block, 0, BlockHeader.SIZE + payload.length);
    block.put(BlockHeader.SIZE, payload);
    blocks.add(block.array());
    return this;
  }

  /** The record's bytes. */
  public byte[] bytes() {
    int size = HttpServerRecord.SIZE;
    for (Text text : strings.values()) {
      size += text.bytes.length;
    }
    int firstHeader = size;
    size += headers.stream().mapToInt(Header::size).sum();
    int firstBlock = (size + 7) & ~7;
    if (!blocks.isEmpty()) {
      size = firstBlock + blocks.stream().mapToInt(block -> block.length).sum();
    }
    ByteBuffer record = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    record.put(0, fixed, 0, HttpServerRecord.SIZE);
    RecordHeader.size(record, 0, size);
    int end = HttpServerRecord.SIZE;
    for (Map.Entry<HttpString, Text> entry : strings.entrySet()) {
      Text text = entry.getValue();
      int ref = HttpServerRecord.OFFSET_STRINGS + entry.getKey().value() * StringRef.SIZE;
      StringRef.offset(record, ref, end);
      StringRef.length(record, ref, text.bytes.length);
      StringRef.originalLength(record, ref, (int) text.originalLength);
      record.put(end, text.bytes);
      end += text.bytes.length;
    }
    int header = firstHeader;
    for (Header each : headers) {
      CapturedValue.before(record, header, SpanHeader.captured(record, 0));
      CapturedValue.number(record, header, each.number);
      CapturedValue.length(record, header, each.bytes.length);
      CapturedValue.originalLength(record, header, (int) each.originalLength);
      record.put(header + CapturedValue.SIZE, each.bytes);
      SpanHeader.captured(record, 0, header);
      header += each.size();
    }
    if (!blocks.isEmpty()) {
      SpanHeader.blocks(record, 0, firstBlock);
      record.position(firstBlock);
      blocks.forEach(record::put);
    }
    return record.array();
  }
}
