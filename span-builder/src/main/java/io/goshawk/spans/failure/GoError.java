// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.failure;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The innermost error of a chain, as far as it could be read in the target.
 *
 * @param typeName the dynamic type, with its import path or the name of its package: {@code
 *     *net.DNSError}, {@code crypto/x509.UnknownAuthorityError}; empty if it is not known
 * @param errno the number if it is, or wraps, a {@code syscall.Errno}; else 0
 * @param timeout whether it, or one that wraps it, says that it is a timeout
 * @param text of an error that has nothing but its text ({@code errors.New}); else empty
 */
public record GoError(String typeName, int errno, boolean timeout, String text) {

  /** Too late, whoever set the limit. */
  public static final String TIMEOUT = "timeout";

  /** Nobody listens there. */
  public static final String CONNECTION_REFUSED = "connection_refused";

  /**
   * The connection broke, or the peer closed it before it had answered: Go reports the latter as
   * {@code EOF}, and which of the two it is depends on what was still in flight.
   */
  public static final String CONNECTION_RESET = "connection_reset";

  /** No way to the peer. */
  public static final String UNREACHABLE = "unreachable";

  /** The name was not resolved, also if that was for lack of time. */
  public static final String DNS = "dns";

  /** No secure connection, or the peer is not whom it should be. */
  public static final String TLS = "tls";

  /** It has not returned: a panic went through it, or {@code runtime.Goexit}. */
  public static final String PANIC = "panic";

  /** The conventions' word for what has no other. */
  private static final String OTHER = "_OTHER";

  private static final Set<String> TIMEOUT_TYPES =
      Set.of(
          "deadlineExceededError",
          "DeadlineExceededError",
          "timeoutError",
          "tlsHandshakeTimeoutError");

  private static final Set<String> CANCELLED_TEXTS =
      Set.of(
          "context canceled",
          "net/http: request canceled",
          "net/http: request canceled while waiting for connection");

  private static final Set<String> CLOSED_TEXTS =
      Set.of("EOF", "unexpected EOF", "http: server closed idle connection");

  // Numbers of Linux (include/uapi/asm-generic/errno.h).
  private static final int EPIPE = 32;
  private static final int ENETUNREACH = 101;
  private static final int ECONNABORTED = 103;
  private static final int ECONNRESET = 104;
  private static final int ETIMEDOUT = 110;
  private static final int ECONNREFUSED = 111;
  private static final int EHOSTUNREACH = 113;

  /**
   * The value of {@code error.type}; null if the application itself called off what it had begun,
   * which is no error.
   */
  public @Nullable String errorType() {
    if (isCancellation()) {
      return null;
    }
    String type = typeName.startsWith("*") ? typeName.substring(1) : typeName;
    String name = type.substring(type.lastIndexOf('.') + 1);
    String packageName = packageName(type);
    if (name.equals("DNSError") && packageName.equals("net")) {
      return DNS;
    }
    if (timeout || errno == ETIMEDOUT || TIMEOUT_TYPES.contains(name)) {
      return TIMEOUT;
    }
    if (packageName.equals("tls") || packageName.equals("x509")) {
      return TLS;
    }
    if (CLOSED_TEXTS.contains(text)) {
      return CONNECTION_RESET;
    }
    return switch (errno) {
      case ECONNREFUSED -> CONNECTION_REFUSED;
      case ECONNRESET, ECONNABORTED, EPIPE -> CONNECTION_RESET;
      case ENETUNREACH, EHOSTUNREACH -> UNREACHABLE;
      default -> typeName.isEmpty() ? OTHER : typeName;
    };
  }

  private boolean isCancellation() {
    return CANCELLED_TEXTS.contains(text) || typeName.endsWith("net.canceledError");
  }

  private static String packageName(String type) {
    int dot = type.lastIndexOf('.');
    return dot < 0 ? "" : type.substring(type.lastIndexOf('/', dot) + 1, dot);
  }
}
