// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.testing;

import com.google.protobuf.CodedOutputStream;
import io.goshawk.collector.net.ZstdCodec;
import io.grpc.DecompressorRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An OTLP/gRPC service of traces and of metrics that does as it is told, on a port of its own. */
public final class FakeGrpcBackend implements AutoCloseable {
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private record Reply(Status status, Metadata trailers, byte[] message, boolean silent) {}

  /** A request as it came. */
  public record Request(String service, Metadata headers, byte[] message) {
    public @Nullable String header(String name) {
      return headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    }
  }

  private final Server server;
  private final BlockingQueue<Reply> replies = new LinkedBlockingQueue<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();

  /**
   * @param port 0 for any that is free
   * @param tls null for none
   */
  public FakeGrpcBackend(int port, @Nullable SslContext tls) throws IOException {
    this(NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port)), tls);
  }

  /** One that listens on a Unix socket. */
  public static FakeGrpcBackend on(Path socket) throws IOException {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    return new FakeGrpcBackend(
        NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            .channelType(NioServerDomainSocketChannel.class)
            .bossEventLoopGroup(group)
            .workerEventLoopGroup(group),
        null);
  }

  private FakeGrpcBackend(NettyServerBuilder builder, @Nullable SslContext tls) throws IOException {
    builder
        .maxInboundMessageSize(64 * 1024 * 1024)
        .decompressorRegistry(DecompressorRegistry.getDefaultInstance().with(new ZstdCodec(), true))
        .addService(service("opentelemetry.proto.collector.trace.v1.TraceService"))
        .addService(service("opentelemetry.proto.collector.metrics.v1.MetricsService"));
    if (tls != null) {
      builder.sslContext(tls);
    }
    server = builder.build().start();
  }

  private ServerServiceDefinition service(String name) {
    MethodDescriptor<byte[], byte[]> method =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(name + "/Export")
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();
    return ServerServiceDefinition.builder(name).addMethod(method, handler(name)).build();
  }

  private ServerCallHandler<byte[], byte[]> handler(String service) {
    return (call, headers) -> {
      call.request(1);
      return new ServerCall.Listener<>() {
        @Override
        public void onMessage(byte[] message) {
          requests.add(new Request(service, headers, message));
        }

        @Override
        public void onHalfClose() {
          Reply reply = replies.poll();
          if (reply == null) {
            reply = new Reply(Status.OK, new Metadata(), new byte[0], false);
          }
          if (reply.silent()) {
            return;
          }
          if (reply.status().isOk()) {
            call.sendHeaders(new Metadata());
            call.sendMessage(reply.message());
          }
          call.close(reply.status(), reply.trailers());
        }
      };
    };
  }

  public int port() {
    return server.getPort();
  }

  public List<Request> requests() {
    return requests;
  }

  public FakeGrpcBackend replyMessage(byte[] message) {
    replies.add(new Reply(Status.OK, new Metadata(), message, false));
    return this;
  }

  public FakeGrpcBackend replyStatus(Status status) {
    replies.add(new Reply(status, new Metadata(), new byte[0], false));
    return this;
  }

  /** A status with details, a serialised {@code google.rpc.Status}. */
  public FakeGrpcBackend replyStatus(Status status, byte[] details) {
    Metadata trailers = new Metadata();
    trailers.put(DETAILS, details);
    replies.add(new Reply(status, trailers, new byte[0], false));
    return this;
  }

  public FakeGrpcBackend replyNever() {
    replies.add(new Reply(Status.OK, new Metadata(), new byte[0], true));
    return this;
  }

  /** A {@code google.rpc.Status} with another detail first, then a {@code RetryInfo}. */
  public static byte[] retryInfo(long seconds, int nanos) {
    byte[] duration =
        message(
            out -> {
              out.writeInt64(1, seconds);
              out.writeInt32(2, nanos);
            });
    byte[] retryInfo = message(out -> out.writeByteArray(1, duration));
    return message(
        out -> {
          out.writeInt32(1, 8);
          out.writeString(2, "slow down");
          out.writeByteArray(
              3, any("type.googleapis.com/google.rpc.DebugInfo", new byte[] {10, 0}));
          out.writeByteArray(3, any("type.googleapis.com/google.rpc.RetryInfo", retryInfo));
        });
  }

  private static byte[] any(String type, byte[] value) {
    return message(
        out -> {
          out.writeString(1, type);
          out.writeByteArray(2, value);
        });
  }

  private interface Fields {
    void write(CodedOutputStream out) throws IOException;
  }

  private static byte[] message(Fields fields) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      fields.write(out);
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
