// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import static java.util.stream.Collectors.joining;

import io.goshawk.collector.net.Zstd;
import io.goshawk.config.component.Signal;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** What HTTP requests may be, and what becomes of them. Confined to the receiver's thread. */
final class HttpRequests {
  private static final String PROTOBUF = "application/x-protobuf";
  private static final String JSON = "application/json";

  // google.rpc.Code
  private static final int INVALID_ARGUMENT = 3;
  private static final int RESOURCE_EXHAUSTED = 8;
  private static final int UNAUTHENTICATED = 16;

  private final Intakes intakes;
  private final InFlight inFlight;
  private final long mostBytes;
  private final Map<Signal, String> paths;

  /**
   * @param paths where requests of each signal are posted to
   */
  HttpRequests(Intakes intakes, InFlight inFlight, long mostBytes, Map<Signal, String> paths) {
    this.intakes = intakes;
    this.inFlight = inFlight;
    this.mostBytes = mostBytes;
    this.paths = paths;
  }

  /** A connection was closed before its request was complete. */
  void turnAway(String reason, String message) {
    intakes.turnAway(reason, message);
  }

  /**
   * An answer.
   *
   * @param later whether the same may be sent again
   * @param challenge what is wanted of a request that is not let in; empty of all others
   */
  record Answer(
      HttpResponseStatus status,
      String contentType,
      byte[] body,
      boolean later,
      String challenge) {}

  /** How a body is packed. */
  private enum Packing {
    IDENTITY,
    GZIP,
    ZSTD;

    static @Nullable Packing of(String encoding) {
      for (Packing packing : values()) {
        if (packing.name().equalsIgnoreCase(encoding)) {
          return packing;
        }
      }
      return null;
    }
  }

  /** What becomes of a request whose head was read. */
  sealed interface Begun {}

  /** Its body comes. */
  final class Open implements Begun {
    private final Intake intake;
    private final boolean json;
    private final Packing packing;
    private final long expected;
    private final InFlight.Reservation memory = inFlight.reserve();
    private final Body body = new Body(mostBytes, memory);

    private Open(Intake intake, boolean json, Packing packing, long expected) {
      this.intake = intake;
      this.json = json;
      this.packing = packing;
      this.expected = expected;
    }

    /** Where the next bytes go to. */
    byte[] room(int count) throws TooLargeException {
      return body.room(count, expected);
    }

    Body body() {
      return body;
    }

    /** The body is complete. */
    Answer finish() {
      Verdict verdict;
      try {
        verdict = intake.take(request());
      } catch (TooLargeException e) {
        return refused(e);
      } catch (EOFException e) {
        verdict = intake.malformed("what is packed in it has no end");
      } catch (MalformedException | ZipException e) {
        verdict = intake.malformed(String.valueOf(e.getMessage()));
      } catch (IOException | RuntimeException | Error e) {
        verdict = intake.failed(e);
      } finally {
        release();
      }
      return answer(verdict);
    }

    private byte[] request() throws IOException, MalformedException {
      Body unpacked = body;
      if (packing != Packing.IDENTITY) {
        unpacked = new Body(mostBytes, memory);
        try (InputStream in =
            packing == Packing.GZIP
                ? new GZIPInputStream(body.stream())
                : Zstd.INSTANCE.decompress(body.stream())) {
          unpacked.readAll(in);
        }
      }
      if (!json) {
        return unpacked.toByteArray();
      }
      if (!memory.grow(JsonRequests.mostBytes(unpacked.length()))) {
        throw TooLargeException.together();
      }
      return JsonRequests.toProtobuf(intake.signal(), unpacked.toByteArray());
    }

    /** The body has no room. */
    Answer refused(TooLargeException e) {
      release();
      return answer(intake.noRoom(e));
    }

    /** It is not wanted any longer, or done with. */
    void release() {
      memory.release();
    }

    private Answer answer(Verdict verdict) {
      if (verdict instanceof Verdict.Taken taken) {
        return new Answer(
            HttpResponseStatus.OK,
            json ? JSON : PROTOBUF,
            json ? Answers.jsonResponse(taken) : Answers.response(taken),
            false,
            "");
      }
      if (verdict instanceof Verdict.Malformed malformed) {
        return error(
            HttpResponseStatus.BAD_REQUEST, json, INVALID_ARGUMENT, malformed.message(), false);
      }
      if (verdict instanceof Verdict.TooLarge tooLarge) {
        return error(
            HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE,
            json,
            RESOURCE_EXHAUSTED,
            tooLarge.message(),
            false);
      }
      return error(
          HttpResponseStatus.TOO_MANY_REQUESTS,
          json,
          RESOURCE_EXHAUSTED,
          ((Verdict.Later) verdict).message(),
          true);
    }
  }

  /** It leads nowhere, and this is the answer to it. */
  record Refused(Answer answer) implements Begun {}

  /** Looks at the head of a request. */
  Begun begin(HttpRequest request) {
    if (request.decoderResult().isFailure()) {
      intakes.turnAway("malformed", "no HTTP request");
      return refused(HttpResponseStatus.BAD_REQUEST, false, "no HTTP request");
    }
    HttpHeaders headers = request.headers();
    String challenge = intakes.challenge(headers::get);
    if (challenge != null) {
      byte[] status = Answers.status(UNAUTHENTICATED, "wants " + challenge);
      return new Refused(
          new Answer(HttpResponseStatus.UNAUTHORIZED, PROTOBUF, status, false, challenge));
    }
    String contentType = mediaType(headers.get(HttpHeaderNames.CONTENT_TYPE));
    boolean json = contentType.equals(JSON);
    int query = request.uri().indexOf('?');
    String asked = query < 0 ? request.uri() : request.uri().substring(0, query);
    Intake intake = null;
    for (Intake each : intakes.all()) {
      if (asked.equals(paths.get(each.signal())) && each.wanted()) {
        intake = each;
      }
    }
    if (intake == null) {
      return refused(HttpResponseStatus.NOT_FOUND, json, whereTo());
    }
    if (!request.method().equals(HttpMethod.POST)) {
      return refused(HttpResponseStatus.METHOD_NOT_ALLOWED, json, intake.signal() + " are posted");
    }
    if (!json && !contentType.equals(PROTOBUF)) {
      return refused(
          HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
          false,
          "the content type must be " + PROTOBUF + " or " + JSON);
    }
    String encoding = headers.get(HttpHeaderNames.CONTENT_ENCODING, "identity");
    Packing packing = Packing.of(encoding);
    if (packing == null) {
      return refused(
          HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE,
          json,
          "the content encoding must be gzip, zstd or identity");
    }
    long length;
    try {
      length = HttpUtil.getContentLength(request, 0L);
    } catch (NumberFormatException e) {
      return refused(HttpResponseStatus.BAD_REQUEST, json, "no content length");
    }
    Open open = new Open(intake, json, packing, length);
    return length > mostBytes
        ? new Refused(open.refused(TooLargeException.limit(mostBytes)))
        : open;
  }

  private String whereTo() {
    return intakes.all().stream()
        .filter(Intake::wanted)
        .map(intake -> intake.signal() + " are posted to " + paths.get(intake.signal()))
        .collect(joining(", "));
  }

  private Refused refused(HttpResponseStatus status, boolean json, String message) {
    return new Refused(error(status, json, INVALID_ARGUMENT, message, false));
  }

  private static Answer error(
      HttpResponseStatus status, boolean json, int code, String message, boolean later) {
    return new Answer(
        status,
        json ? JSON : PROTOBUF,
        json ? Answers.jsonStatus(code, message) : Answers.status(code, message),
        later,
        "");
  }

  private static String mediaType(@Nullable String contentType) {
    if (contentType == null) {
      return "";
    }
    int parameters = contentType.indexOf(';');
    String type = parameters < 0 ? contentType : contentType.substring(0, parameters);
    return type.trim().toLowerCase(Locale.ROOT);
  }
}
