package io.goshawk.spans.http;

import org.jspecify.annotations.Nullable;

/**
 * The path of a ServeMux pattern: {@code /users/{id}} of {@code GET example.com/users/{id}}.
 *
 * <p>Everything from the first slash on: neither a method nor a host can hold one (net/http,
 * pattern.go, {@code [METHOD] [HOST]/[PATH]}). A trailing <code>{$}</code> stays, as it does with
 * otelhttp: the convention wants the template in the framework's own format, and <code>/{$}</code>,
 * the root alone, is another route than {@code /}, everything.
 */
final class Route {
  static final Route NONE = new Route(null);

  final @Nullable String path;

  /** The last span name made with this route: a route mostly has one method. */
  private @Nullable Method namedFor;

  private String name = "";

  private Route(@Nullable String path) {
    this.path = path;
  }

  static Route of(String pattern) {
    int slash = pattern.indexOf('/');
    return slash < 0 ? NONE : new Route(pattern.substring(slash));
  }

  /** The name of a span with this route: {@code {method} {route}}, or the method alone. */
  String spanName(Method method) {
    if (path == null) {
      return method.spanWord();
    }
    if (namedFor != method) {
      namedFor = method;
      name = method.spanWord() + " " + path;
    }
    return name;
  }
}
