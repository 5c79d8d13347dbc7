// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import static io.opentelemetry.semconv.HttpAttributes.HTTP_ROUTE;

import io.goshawk.spans.http.HttpFields.MethodFields;
import io.goshawk.spans.otlp.EncodedAttribute;
import io.goshawk.spans.otlp.EncodedName;
import io.goshawk.spans.otlp.FieldEncoder;
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
  private final FieldEncoder encoder;
  private final @Nullable String path;
  private final @Nullable EncodedAttribute attribute;

  /** The last span name made with this route: a route mostly has one method. */
  private @Nullable MethodFields namedFor;

  private @Nullable EncodedName name;

  private Route(@Nullable String path, FieldEncoder encoder) {
    this.path = path;
    this.encoder = encoder;
    attribute = path == null ? null : encoder.attribute(HTTP_ROUTE, path);
  }

  static Route of(String pattern, FieldEncoder encoder) {
    int slash = pattern.indexOf('/');
    return new Route(slash < 0 ? null : pattern.substring(slash), encoder);
  }

  /** The attribute; null without a pattern. */
  @Nullable EncodedAttribute attribute() {
    return attribute;
  }

  /** The name of a span with this route: {@code {method} {route}}, or the method alone. */
  EncodedName spanName(MethodFields method) {
    if (path == null) {
      return method.spanName();
    }
    EncodedName made = name;
    if (made == null || namedFor != method) {
      namedFor = method;
      made = encoder.name(method.method().spanWord() + " " + path);
      name = made;
    }
    return made;
  }
}
