// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import io.grpc.Context;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Serves calls of {@code Export}, all of them on one event loop. A call's memory is reserved as its
 * bytes come in, and a call that does not get on is ended.
 */
final class GrpcCalls extends ServerStreamTracer.Factory {

  /** A sender on this host needs milliseconds, one behind a slow line some seconds. */
  private static final int CALL_SECONDS = 30;

  private static final Context.Key<Memory> MEMORY = Context.key("memory of the call");
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private final EventLoop loop;
  private final InFlight inFlight;
  private final int mostBytes;

  GrpcCalls(EventLoop loop, InFlight inFlight, int mostBytes) {
    this.loop = loop;
    this.inFlight = inFlight;
    this.mostBytes = mostBytes;
  }

  /**
   * A request as it came.
   *
   * @param bytes empty if there is a problem
   */
  record Message(byte[] bytes, @Nullable IOException problem) {}

  /** What a call holds, from the first byte of its message to its end. */
  private final class Memory extends ServerStreamTracer {
    private final InFlight.Reservation reserved = inFlight.reserve();
    private Runnable full = () -> {};

    @Override
    public Context filterContext(Context context) {
      return context.withValue(MEMORY, this);
    }

    /** Called with every piece of a message, before all of it is there. */
    @Override
    public void inboundWireSize(long bytes) {
      if (!reserved.grow(bytes)) {
        full.run();
      }
    }

    @Override
    public void streamClosed(Status status) {
      reserved.release();
    }
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
    return new Memory();
  }

  /** Reads requests; what is wrong with one is said when its call is answered. */
  Marshaller<Message> requests() {
    return new Marshaller<>() {
      @Override
      public Message parse(InputStream in) {
        try {
          return new Message(read(in), null);
        } catch (IOException e) {
          return new Message(new byte[0], e);
        } catch (StatusRuntimeException e) {
          // gRPC's own limit of what is unpacked.
          return new Message(new byte[0], TooLargeException.limit(mostBytes));
        }
      }

      @Override
      public InputStream stream(Message message) {
        throw new UnsupportedOperationException("requests are only read");
      }
    };
  }

  private byte[] read(InputStream in) throws IOException {
    if (in instanceof KnownLength) {
      // Its bytes are here and reserved already.
      return in.readNBytes(in.available());
    }
    Body body = new Body(mostBytes, MEMORY.get().reserved);
    body.readAll(in);
    return body.toByteArray();
  }

  /** Writes responses. */
  static final class Responses implements Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] response) {
      return new ByteArrayInputStream(response);
    }

    @Override
    public byte[] parse(InputStream in) {
      throw new UnsupportedOperationException("responses are only written");
    }
  }

  /** Serves the calls that bring one signal. */
  ServerCallHandler<Message, byte[]> of(Intakes intakes, Intake intake) {
    return (call, headers) -> {
      String challenge = intakes.challenge(name -> headers.get(key(name)));
      if (challenge != null) {
        call.close(Status.UNAUTHENTICATED.withDescription("wants " + challenge), new Metadata());
        return new ServerCall.Listener<>() {};
      }
      if (!intake.wanted()) {
        // As a Collector that has no pipeline for it: it does not know the service.
        call.close(
            Status.UNIMPLEMENTED.withDescription("no pipeline takes " + intake.signal()),
            new Metadata());
        return new ServerCall.Listener<>() {};
      }
      Call served = new Call(call, intake);
      // Not from within the reading of a frame.
      MEMORY.get().full = () -> loop.execute(served::noRoom);
      call.request(1);
      return served;
    };
  }

  private static Metadata.Key<String> key(String header) {
    return Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER);
  }

  /** One call. */
  private final class Call extends ServerCall.Listener<Message> {
    private final ServerCall<Message, byte[]> call;
    private final Intake intake;
    private final ScheduledFuture<?> timeout;
    private @Nullable Message message;
    private boolean done;

    Call(ServerCall<Message, byte[]> call, Intake intake) {
      this.call = call;
      this.intake = intake;
      timeout = loop.schedule(this::tooSlow, CALL_SECONDS, TimeUnit.SECONDS);
    }

    @Override
    public void onMessage(Message received) {
      message = received;
    }

    @Override
    public void onHalfClose() {
      Message received = message;
      message = null;
      if (received == null) {
        answer(intake.malformed("a call without a request"));
        return;
      }
      Verdict verdict;
      try {
        if (received.problem() instanceof TooLargeException tooLarge) {
          verdict = intake.noRoom(tooLarge);
        } else if (received.problem() != null) {
          verdict = intake.malformed(String.valueOf(received.problem().getMessage()));
        } else {
          verdict = intake.take(received.bytes());
        }
      } catch (RuntimeException | Error e) {
        verdict = intake.failed(e);
      }
      answer(verdict);
    }

    @Override
    public void onCancel() {
      finish();
    }

    private void noRoom() {
      if (!done) {
        answer(intake.noRoom(TooLargeException.together()));
      }
    }

    private void tooSlow() {
      if (!done) {
        intake.turnAway("too slow", "a call took more than " + CALL_SECONDS + " s");
        close(Status.DEADLINE_EXCEEDED.withDescription("the request took too long"), null);
      }
    }

    private void answer(Verdict verdict) {
      if (done) {
        return;
      }
      if (verdict instanceof Verdict.Taken taken) {
        call.sendHeaders(new Metadata());
        call.sendMessage(Answers.response(taken));
        close(Status.OK, null);
      } else if (verdict instanceof Verdict.Malformed malformed) {
        close(Status.INVALID_ARGUMENT.withDescription(malformed.message()), null);
      } else if (verdict instanceof Verdict.TooLarge tooLarge) {
        // Without RetryInfo: senders are not to try it again.
        close(Status.RESOURCE_EXHAUSTED.withDescription(tooLarge.message()), null);
      } else if (verdict instanceof Verdict.Later later) {
        Status status = Status.RESOURCE_EXHAUSTED.withDescription(later.message());
        close(status, Answers.statusWithRetryInfo(status.getCode().value(), later.message()));
      }
    }

    private void close(Status status, byte @Nullable [] details) {
      finish();
      Metadata trailers = new Metadata();
      if (details != null) {
        trailers.put(DETAILS, details);
      }
      call.close(status, trailers);
    }

    private void finish() {
      done = true;
      message = null;
      timeout.cancel(false);
    }
  }
}
