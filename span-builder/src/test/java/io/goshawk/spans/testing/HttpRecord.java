package io.goshawk.spans.testing;

import io.goshawk.abi.EndReason;
import io.goshawk.abi.HttpServerRecord;
import io.goshawk.abi.HttpString;
import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.SpanFlag;
import io.goshawk.abi.SpanHeader;
import io.goshawk.abi.StringRef;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * Writes an HTTP server record as the kernel would. Begins as {@code GET /} over HTTP/1.1, answered
 * with 200 and five bytes.
 */
public final class HttpRecord {
  private record Text(byte[] bytes, long originalLength) {}

  private final Map<HttpString, Text> strings = new EnumMap<>(HttpString.class);
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
    fixed.put(SpanHeader.OFFSET_TRACE_ID, HexFormat.of().parseHex(traceId));
    fixed.put(SpanHeader.OFFSET_SPAN_ID, HexFormat.of().parseHex(spanId));
    return this;
  }

  public HttpRecord parent(String spanId) {
    fixed.put(SpanHeader.OFFSET_PARENT_SPAN_ID, HexFormat.of().parseHex(spanId));
    return this;
  }

  public HttpRecord flags(int traceFlags, SpanFlag... spanFlags) {
    SpanHeader.traceFlags(fixed, 0, traceFlags);
    int bits = 0;
    for (SpanFlag flag : spanFlags) {
      bits |= flag.value();
    }
    SpanHeader.spanFlags(fixed, 0, bits);
    return this;
  }

  public HttpRecord times(long startNanos, long endNanos) {
    SpanHeader.startNs(fixed, 0, startNanos);
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
    HttpServerRecord.tls(fixed, 0, 1);
    return this;
  }

  public HttpRecord upgrade() {
    HttpServerRecord.upgrade(fixed, 0, 1);
    return this;
  }

  /** The record's bytes. */
  public byte[] bytes() {
    int size = HttpServerRecord.SIZE;
    for (Text text : strings.values()) {
      size += text.bytes.length;
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
    return record.array();
  }
}
