// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import io.goshawk.collector.pipeline.ExportOutcome;
import io.goshawk.spans.otlp.ProtoReader;
import io.goshawk.spans.otlp.ProtoReader.MalformedException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a backend's answer means for the request: taken, try again, or never again. The rules are
 * those of the OTLP specification 1.11 (sections "OTLP/gRPC Response" and "OTLP/HTTP Response").
 */
public final class BackendAnswers {
  /** An OTLP client need not send a larger request, before compression. */
  public static final int MAX_REQUEST_BYTES = 64 * 1024 * 1024;

  /** Nor read a larger answer. */
  public static final int MAX_RESPONSE_BYTES = 4 * 1024 * 1024;

  private static final int MAX_QUOTED_CHARS = 300;

  private static final Pattern WHOLE_NUMBER = Pattern.compile("-?[0-9]+");
  private static final BigInteger LONGEST = BigInteger.valueOf(Integer.MAX_VALUE);
  private static final String RETRY_INFO = "type.googleapis.com/google.rpc.RetryInfo";

  private static final String CREDENTIALS =
      "; check the exporter's headers (OTEL_EXPORTER_OTLP_HEADERS) or auth::authenticator";

  private BackendAnswers() {}

  /**
   * An HTTP response.
   *
   * @param status its status code
   * @param contentType its media type; empty if it has none
   * @param retryAfter its {@code Retry-After} field; null if it has none
   * @param body its body, as far as it was read
   * @param now to count from where {@code retryAfter} is a date
   */
  public static ExportOutcome http(
      int status, String contentType, @Nullable String retryAfter, byte[] body, Instant now) {
    boolean json = contentType.toLowerCase(Locale.ROOT).contains("json");
    if (status >= 200 && status < 300) {
      return json ? JsonAnswers.partialSuccess(body) : partialSuccess(body);
    }
    String message = json ? JsonAnswers.message(body) : message(body);
    String said = "HTTP " + status + quoted(message);
    return switch (status) {
      case 429, 502, 503, 504 -> new ExportOutcome.Retryable(said, retryAfter(retryAfter, now));
      case 401, 403 -> new ExportOutcome.Refused(said + CREDENTIALS);
      case 404, 405 ->
          new ExportOutcome.Refused(
              said
                  + "; check the path: to endpoint /v1/traces is added (/v1/metrics), and"
                  + " traces_endpoint is taken as it is");
      case 413 -> new ExportOutcome.TooLarge(said);
      // What Tempo's distributor has heard from its ingester, in gRPC's words.
      case 500 ->
          isAboutSize(message) ? new ExportOutcome.TooLarge(said) : new ExportOutcome.Refused(said);
      default -> new ExportOutcome.Refused(said);
    };
  }

  /**
   * The end of a gRPC call.
   *
   * @param code its status code, see google.rpc.Code
   * @param codeName the code's name
   * @param description what came with the code; empty if nothing did
   * @param response the response message; empty unless the code is 0
   * @param details the trailer {@code grpc-status-details-bin}; null if there is none
   */
  public static ExportOutcome grpc(
      int code, String codeName, String description, byte[] response, byte @Nullable [] details) {
    if (code == 0) {
      return partialSuccess(response);
    }
    String said = "gRPC " + codeName + quoted(description);
    Optional<Duration> retryDelay = details == null ? Optional.empty() : retryDelay(details);
    return switch (code) {
      // CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS
      case 1, 4, 10, 11, 14, 15 ->
          new ExportOutcome.Retryable(ConnectionMends.with(said), retryDelay);
      // RESOURCE_EXHAUSTED: only a RetryInfo says that it will be over.
      case 8 -> {
        if (retryDelay.isPresent()) {
          yield new ExportOutcome.Retryable(said, retryDelay);
        }
        yield isAboutSize(description)
            ? new ExportOutcome.TooLarge(said)
            : new ExportOutcome.Refused(said);
      }
      // UNKNOWN: a proxy in front that speaks HTTP.
      case 2 ->
          description.contains("HTTP status code 413")
              ? new ExportOutcome.TooLarge(said)
              : new ExportOutcome.Refused(said);
      // PERMISSION_DENIED, UNAUTHENTICATED
      case 7, 16 -> new ExportOutcome.Refused(said + CREDENTIALS);
      // UNIMPLEMENTED
      case 12 ->
          new ExportOutcome.Refused(
              said
                  + "; there is no OTLP service for this at endpoint: a Collector there needs the"
                  + " receiver otlp in such a pipeline");
      default -> new ExportOutcome.Refused(said);
    };
  }

  /**
   * A request that our own limit does not let out.
   *
   * @param bytes how long it would be
   */
  public static ExportOutcome.TooLarge tooLarge(long bytes) {
    return new ExportOutcome.TooLarge(
        "a request of "
            + bytes
            + " bytes is more than the "
            + MAX_REQUEST_BYTES
            + " that OTLP allows");
  }

  /**
   * What servers say of a message that is too large, for which gRPC has no code of its own: in Go
   * "received message larger than max", also "after decompression", as in C++; in Java "message
   * exceeds maximum size".
   */
  private static boolean isAboutSize(String description) {
    String said = description.toLowerCase(Locale.ROOT);
    return said.contains("larger than max")
        || said.contains("exceeds maximum size")
        || said.contains("too large");
  }

  /**
   * {@code opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse}; that of metrics has
   * its fields under the same numbers.
   */
  private static ExportOutcome partialSuccess(byte[] body) {
    long rejected = 0;
    String message = "";
    try {
      for (ProtoReader response = new ProtoReader(body); response.next(); ) {
        if (response.isBytes(1)) {
          for (ProtoReader partial = response.message(); partial.next(); ) {
            if (partial.isNumber(1)) {
              rejected = partial.number();
            } else if (partial.isBytes(2)) {
              message = cut(partial.text());
            }
          }
        }
      }
    } catch (MalformedException e) {
      // The status already said that the request was taken.
      return new ExportOutcome.Accepted(0, "its answer is no OTLP response: " + e.getMessage());
    }
    return accepted(rejected, message);
  }

  static ExportOutcome accepted(long rejected, String message) {
    return rejected == 0 && message.isEmpty()
        ? ExportOutcome.ACCEPTED
        : new ExportOutcome.Accepted(rejected, message);
  }

  /** The message of a {@code google.rpc.Status}, or a body that is not one as text. */
  private static String message(byte[] body) {
    try {
      String message = "";
      for (ProtoReader status = new ProtoReader(body); status.next(); ) {
        if (status.isBytes(2)) {
          message = status.text();
        }
      }
      return message;
    } catch (MalformedException e) {
      return new String(body, 0, Math.min(body.length, MAX_QUOTED_CHARS), StandardCharsets.UTF_8);
    }
  }

  /** {@code google.rpc.Status.details} of type {@code google.rpc.RetryInfo}. */
  private static Optional<Duration> retryDelay(byte[] details) {
    try {
      for (ProtoReader status = new ProtoReader(details); status.next(); ) {
        if (status.isBytes(3)) {
          Optional<Duration> delay = retryInfo(status.message());
          if (delay.isPresent()) {
            return delay;
          }
        }
      }
    } catch (MalformedException e) {
      // Without a hint that can be read there is none.
    }
    return Optional.empty();
  }

  private static Optional<Duration> retryInfo(ProtoReader any) throws MalformedException {
    String type = "";
    ProtoReader value = new ProtoReader(new byte[0]);
    while (any.next()) {
      if (any.isBytes(1)) {
        type = any.text();
      } else if (any.isBytes(2)) {
        value = any.message();
      }
    }
    if (!type.equals(RETRY_INFO)) {
      return Optional.empty();
    }
    Duration delay = Duration.ZERO;
    while (value.next()) {
      if (value.isBytes(1)) {
        for (ProtoReader duration = value.message(); duration.next(); ) {
          if (duration.isNumber(1)) {
            delay = delay.plusSeconds(clamp(BigInteger.valueOf(duration.number())));
          } else if (duration.isNumber(2)) {
            delay = delay.plusNanos(clamp(BigInteger.valueOf(duration.number())));
          }
        }
      }
    }
    return Optional.of(delay.isNegative() ? Duration.ZERO : delay);
  }

  /** Keeps a hostile number from overflowing a {@link Duration}. */
  private static long clamp(BigInteger value) {
    return value.max(BigInteger.ZERO).min(LONGEST).longValue();
  }

  /** RFC 9110, section 10.2.3: seconds, or a date. What is neither is no hint. */
  private static Optional<Duration> retryAfter(@Nullable String field, Instant now) {
    if (field == null) {
      return Optional.empty();
    }
    String value = field.trim();
    if (WHOLE_NUMBER.matcher(value).matches()) {
      return Optional.of(Duration.ofSeconds(clamp(new BigInteger(value))));
    }
    try {
      Instant at = ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration delay = Duration.between(now, at);
      return Optional.of(delay.isNegative() ? Duration.ZERO : delay);
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static String quoted(String message) {
    String text = cut(message);
    return text.isEmpty() ? "" : " \"" + text + "\"";
  }

  /** One line of it, since it goes into a log. */
  static String cut(String message) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < message.length() && text.length() < MAX_QUOTED_CHARS; i++) {
      char c = message.charAt(i);
      text.append(Character.isISOControl(c) ? ' ' : c);
    }
    return text.toString().trim();
  }
}
