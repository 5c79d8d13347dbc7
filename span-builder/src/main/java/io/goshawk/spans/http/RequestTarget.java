// SPDX-License-Identifier: Apache-2.0
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

  /** What is said of a target that was cut within what may be credentials. */
  private static final RequestTarget NOTHING = new RequestTarget("", null, null, null);

  /**
   * Takes apart the target of any method but CONNECT: origin form, absolute form or asterisk form.
   * Like Go, takes what starts with a slash for a path, even with two of them.
   *
   * @param cut whether more followed
   */
  static RequestTarget parse(String target, boolean cut) {
    if (target.startsWith("/")) {
      return pathAndQuery(target, null, null);
    }
    if (target.equals("*")) {
      return new RequestTarget("*", null, null, null);
    }
    int colon = target.indexOf(':');
    String scheme = colon < 0 ? null : Scheme.of(target.substring(0, colon));
    if (scheme == null || !target.startsWith("//", colon + 1)) {
      return cut ? NOTHING : opaque(target, colon, scheme);
    }
    int start = colon + 3;
    int end = start;
    while (end < target.length() && target.charAt(end) != '/' && target.charAt(end) != '?') {
      end++;
    }
    if (cut && end == target.length()) {
      return NOTHING;
    }
    HostPort authority = HostPort.parse(target.substring(start, end));
    RequestTarget rest = pathAndQuery(target.substring(end), scheme, authority);
    // An absent path means the root (RFC 9110, section 4.2.3).
    return rest.path.isEmpty() ? new RequestTarget("/", rest.query, scheme, authority) : rest;
  }

  /**
   * Takes apart the target of CONNECT: authority form, which has no path. Go's net/rpc sends an
   * origin form instead.
   */
  static RequestTarget parseConnect(String target, boolean cut) {
    if (target.startsWith("/")) {
      return parse(target, cut);
    }
    return cut ? NOTHING : new RequestTarget("", null, null, HostPort.parse(target));
  }

  /**
   * {@code http:rest}, which has no authority and so no place for credentials: whatever stands
   * before an {@code @} may be some, the scheme included ({@code user:password@host}).
   */
  private static RequestTarget opaque(String target, int colon, @Nullable String scheme) {
    RequestTarget whole = pathAndQuery(target, null, null);
    int at = whole.path.lastIndexOf('@');
    if (at >= 0) {
      boolean known = scheme != null && Scheme.defaultPort(scheme) != null;
      String path = QueryRedaction.REDACTED + whole.path.substring(at);
      return new RequestTarget(path, whole.query, known ? scheme : null, null);
    }
    return scheme == null ? whole : pathAndQuery(target.substring(colon + 1), scheme, null);
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
