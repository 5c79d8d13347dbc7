package io.goshawk.spans.http;

import io.goshawk.spans.text.HostPort;
import org.jspecify.annotations.Nullable;

/**
 * A request target (RFC 9112, section 3.2), taken apart.
 *
 * @param path as it came over the wire, escapes and all
 * @param query what follows the first question mark; null if there is nothing
 * @param scheme null unless the target is in absolute form
 * @param authority null unless the target is in absolute or authority form
 */
record RequestTarget(
    String path, @Nullable String query, @Nullable String scheme, @Nullable HostPort authority) {

  /**
   * Takes apart the target of any method but CONNECT: origin form, absolute form or asterisk form.
   * Like Go, takes what starts with a slash for a path, even with two of them.
   */
  static RequestTarget parse(String target) {
    if (target.startsWith("/")) {
      return pathAndQuery(target, null, null);
    }
    if (target.equals("*")) {
      return new RequestTarget("*", null, null, null);
    }
    int colon = target.indexOf(':');
    String scheme = colon < 0 ? null : Scheme.of(target.substring(0, colon));
    if (scheme == null) {
      return pathAndQuery(target, null, null);
    }
    if (!target.startsWith("//", colon + 1)) {
      return pathAndQuery(target.substring(colon + 1), scheme, null);
    }
    int start = colon + 3;
    int end = start;
    while (end < target.length() && target.charAt(end) != '/' && target.charAt(end) != '?') {
      end++;
    }
    // Credentials must not be recorded.
    int at = target.lastIndexOf('@', end - 1);
    HostPort authority = HostPort.parse(target.substring(at >= start ? at + 1 : start, end));
    RequestTarget rest = pathAndQuery(target.substring(end), scheme, authority);
    // An absent path means the root (RFC 9110, section 4.2.3).
    return rest.path.isEmpty() ? new RequestTarget("/", rest.query, scheme, authority) : rest;
  }

  /**
   * Takes apart the target of CONNECT: authority form, which has no path. Go's net/rpc sends an
   * origin form instead.
   */
  static RequestTarget parseConnect(String target) {
    return target.startsWith("/")
        ? parse(target)
        : new RequestTarget("", null, null, HostPort.parse(target));
  }

  private static RequestTarget pathAndQuery(
      String text, @Nullable String scheme, @Nullable HostPort authority) {
    int mark = text.indexOf('?');
    if (mark < 0) {
      return new RequestTarget(text, null, scheme, authority);
    }
    String query = text.substring(mark + 1);
    return new RequestTarget(
        text.substring(0, mark), query.isEmpty() ? null : query, scheme, authority);
  }
}
