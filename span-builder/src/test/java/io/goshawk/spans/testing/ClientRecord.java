// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.testing;

import io.goshawk.abi.DialTimes;
import io.goshawk.abi.EndReason;
import io.goshawk.abi.HttpClientFlag;
import io.goshawk.abi.HttpClientRecord;
import io.goshawk.abi.HttpClientString;
import io.goshawk.abi.InnermostError;
import io.goshawk.abi.PeerAddress;
import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.SpanCore;
import io.goshawk.abi.SpanHeader;
import io.goshawk.abi.StringRef;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;

/**
 * Writes an HTTP client's record as the kernel would. Begins as {@code GET http://shop.example/}
 * over HTTP/1.1, answered with 200 and five bytes.
 */
public final class ClientRecord {

  /** The executable that has the types of errors. */
  public static final int BINARY = 7;

  private record Text(byte[] bytes, int originalLength) {}

  private final Map<HttpClientString, Text> strings = new EnumMap<>(HttpClientString.class);
  private final ByteBuffer fixed =
      ByteBuffer.allocate(HttpClientRecord.SIZE).order(ByteOrder.LITTLE_ENDIAN);

  private ClientRecord() {
    RecordHeader.type(fixed, 0, RecordType.RECORD_HTTP_CLIENT.value());
    RecordHeader.tgid(fixed, 0, 4711);
    RecordHeader.binary(fixed, 0, BINARY);
    int core = SpanHeader.OFFSET_CORE;
    fixed.put(
        core + SpanCore.OFFSET_TRACE_ID,
        HexFormat.of().parseHex("0af7651916cd43dd8448eb211c80319c"));
    fixed.put(core + SpanCore.OFFSET_SPAN_ID, HexFormat.of().parseHex("b7ad6b7169203331"));
    SpanCore.traceFlags(fixed, core, 1);
    SpanCore.startNs(fixed, core, 5_000_000_000L);
    SpanHeader.endNs(fixed, 0, 5_000_250_000L);
    ended(EndReason.END_RETURNED).answered(200, 1, 1).sizes(0, 5);
    with(HttpClientString.HTTP_CLIENT_METHOD, "GET")
        .with(HttpClientString.HTTP_CLIENT_SCHEME, "http")
        .with(HttpClientString.HTTP_CLIENT_HOST, "shop.example")
        .with(HttpClientString.HTTP_CLIENT_PATH, "/");
  }

  public static ClientRecord get() {
    return new ClientRecord();
  }

  public ClientRecord with(HttpClientString string, String text) {
    return cut(string, text, text.getBytes(StandardCharsets.UTF_8).length);
  }

  /** The beginning of a string that had that many bytes in the target. */
  public ClientRecord cut(HttpClientString string, String text, int originalLength) {
    strings.put(string, new Text(text.getBytes(StandardCharsets.UTF_8), originalLength));
    return this;
  }

  public ClientRecord without(HttpClientString string) {
    strings.remove(string);
    return this;
  }

  public ClientRecord ended(EndReason reason) {
    SpanHeader.endReason(fixed, 0, reason.value());
    return this;
  }

  public ClientRecord answered(int status, int major, int minor) {
    HttpClientRecord.status(fixed, 0, status);
    HttpClientRecord.protocolMajor(fixed, 0, major);
    HttpClientRecord.protocolMinor(fixed, 0, minor);
    return this;
  }

  public ClientRecord sizes(long request, long response) {
    HttpClientRecord.requestBodyBytes(fixed, 0, request);
    HttpClientRecord.responseBodyBytes(fixed, 0, response);
    return this;
  }

  public ClientRecord resent(int count) {
    HttpClientRecord.resendCount(fixed, 0, count);
    return this;
  }

  /** It waited for a connection, whose making took so long; 0 for what was not done. */
  public ClientRecord waited(long nanos, long lookup, long connect, long handshake) {
    int dial = HttpClientRecord.OFFSET_DIAL;
    HttpClientRecord.waitNs(fixed, 0, nanos);
    DialTimes.lookupNs(fixed, dial, lookup);
    DialTimes.connectNs(fixed, dial, connect);
    DialTimes.handshakeNs(fixed, dial, handshake);
    return this;
  }

  public ClientRecord flag(HttpClientFlag flag) {
    HttpClientRecord.flags(fixed, 0, HttpClientRecord.flags(fixed, 0) | flag.value());
    return this;
  }

  /** Ended with an error instead of an answer. */
  public ClientRecord failed(long type, int number, String text) {
    int error = HttpClientRecord.OFFSET_ERROR;
    InnermostError.type(fixed, error, type);
    InnermostError.number(fixed, error, number);
    if (!text.isEmpty()) {
      with(HttpClientString.HTTP_CLIENT_ERROR_TEXT, text);
    }
    return answered(0, 0, 0).sizes(0, -1).flag(HttpClientFlag.HTTP_CLIENT_FAILED);
  }

  public ClientRecord peer(String address, int port) {
    int peer = HttpClientRecord.OFFSET_PEER;
    try {
      byte[] bytes = InetAddress.getByName(address).getAddress();
      fixed.put(peer + PeerAddress.OFFSET_ADDRESS, bytes);
      PeerAddress.length(fixed, peer, bytes.length);
      PeerAddress.port(fixed, peer, port);
      return this;
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(address, e);
    }
  }

  /** The record's bytes; the text of an error is packed last. */
  public byte[] bytes() {
    int size =
        HttpClientRecord.SIZE + strings.values().stream().mapToInt(t -> t.bytes.length).sum();
    ByteBuffer record = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    record.put(0, fixed, 0, HttpClientRecord.SIZE);
    RecordHeader.size(record, 0, size);
    int end = HttpClientRecord.SIZE;
    for (HttpClientString string : HttpClientString.values()) {
      if (string != HttpClientString.HTTP_CLIENT_ERROR_TEXT && strings.containsKey(string)) {
        end = pack(record, string, end);
      }
    }
    if (strings.containsKey(HttpClientString.HTTP_CLIENT_ERROR_TEXT)) {
      pack(record, HttpClientString.HTTP_CLIENT_ERROR_TEXT, end);
    }
    return record.array();
  }

  private int pack(ByteBuffer record, HttpClientString string, int at) {
    Text text = strings.get(string);
    int ref = HttpClientRecord.OFFSET_STRINGS + string.value() * StringRef.SIZE;
    StringRef.offset(record, ref, at);
    StringRef.length(record, ref, text.bytes.length);
    StringRef.originalLength(record, ref, text.originalLength);
    record.put(at, text.bytes);
    return at + text.bytes.length;
  }
}
