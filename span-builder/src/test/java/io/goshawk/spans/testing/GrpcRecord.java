// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.testing;

import io.goshawk.abi.EndReason;
import io.goshawk.abi.GrpcClientRecord;
import io.goshawk.abi.GrpcClientString;
import io.goshawk.abi.GrpcFlag;
import io.goshawk.abi.GrpcServerRecord;
import io.goshawk.abi.GrpcServerString;
import io.goshawk.abi.ParentSource;
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
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes a gRPC server's or client's record as the kernel would, which differ in their strings
 * only. Begins as a call of {@code /shop.Orders/Place}, answered with OK.
 */
public final class GrpcRecord {

  private record Text(byte[] bytes, int originalLength) {}

  private final Map<Integer, Text> strings = new TreeMap<>();
  private final ByteBuffer fixed;

  private GrpcRecord(RecordType type, int size) {
    fixed = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    RecordHeader.type(fixed, 0, type.value());
    RecordHeader.tgid(fixed, 0, 4711);
    RecordHeader.binary(fixed, 0, 7);
    int core = SpanHeader.OFFSET_CORE;
    fixed.put(
        core + SpanCore.OFFSET_TRACE_ID,
        HexFormat.of().parseHex("0af7651916cd43dd8448eb211c80319c"));
    fixed.put(core + SpanCore.OFFSET_SPAN_ID, HexFormat.of().parseHex("b7ad6b7169203331"));
    SpanCore.traceFlags(fixed, core, 1);
    SpanCore.startNs(fixed, core, 5_000_000_000L);
    SpanHeader.endNs(fixed, 0, 5_000_250_000L);
    SpanHeader.endReason(fixed, 0, EndReason.END_RETURNED.value());
    put(0, "/shop.Orders/Place");
  }

  public static GrpcRecord served() {
    return new GrpcRecord(RecordType.RECORD_GRPC_SERVER, GrpcServerRecord.SIZE);
  }

  public static GrpcRecord called() {
    if (GrpcClientRecord.OFFSET_STRINGS != GrpcServerRecord.OFFSET_STRINGS) {
      throw new IllegalStateException("the fields before the strings are no longer the same");
    }
    return new GrpcRecord(RecordType.RECORD_GRPC_CLIENT, GrpcClientRecord.SIZE);
  }

  public GrpcRecord with(GrpcServerString string, String text) {
    return put(string.value(), text);
  }

  public GrpcRecord with(GrpcClientString string, String text) {
    return put(string.value(), text);
  }

  private GrpcRecord put(int string, String text) {
    strings.put(string, new Text(text.getBytes(StandardCharsets.UTF_8), text.length()));
    return this;
  }

  /** The beginning of a string that had that many bytes in the target. */
  public GrpcRecord cut(GrpcServerString string, String text, int originalLength) {
    strings.put(string.value(), new Text(text.getBytes(StandardCharsets.UTF_8), originalLength));
    return this;
  }

  public GrpcRecord code(int code) {
    GrpcServerRecord.code(fixed, 0, code);
    return this;
  }

  public GrpcRecord panicked() {
    SpanHeader.endReason(fixed, 0, EndReason.END_PANICKED.value());
    return this;
  }

  public GrpcRecord flag(GrpcFlag flag) {
    GrpcServerRecord.flags(fixed, 0, GrpcServerRecord.flags(fixed, 0) | flag.value());
    return this;
  }

  public GrpcRecord parent(ParentSource source) {
    SpanCore.parentSource(fixed, SpanHeader.OFFSET_CORE, source.value());
    return this;
  }

  public GrpcRecord peer(String address, int port) {
    int peer = GrpcServerRecord.OFFSET_PEER;
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

  /** The record's bytes. */
  public byte[] bytes() {
    int size = fixed.capacity() + strings.values().stream().mapToInt(t -> t.bytes.length).sum();
    ByteBuffer record = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    record.put(0, fixed, 0, fixed.capacity());
    RecordHeader.size(record, 0, size);
    int end = fixed.capacity();
    for (Map.Entry<Integer, Text> string : strings.entrySet()) {
      Text text = string.getValue();
      int ref = GrpcServerRecord.OFFSET_STRINGS + string.getKey() * StringRef.SIZE;
      StringRef.offset(record, ref, end);
      StringRef.length(record, ref, text.bytes.length);
      StringRef.originalLength(record, ref, text.originalLength);
      record.put(end, text.bytes);
      end += text.bytes.length;
    }
    return record.array();
  }
}
