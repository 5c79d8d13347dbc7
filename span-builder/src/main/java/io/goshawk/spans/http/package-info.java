// SPDX-License-Identifier: Apache-2.0
/**
 * Server spans of net/http and golang.org/x/net/http2, after the stable HTTP conventions (semantic
 * conventions 1.45.0, docs/http/http-spans.md).
 *
 * <p>{@link io.goshawk.spans.http.HttpServerSpans} decides what a record means and is where to
 * start reading; the rest of the package reads the text in it: request targets, hosts, {@code
 * Forwarded}, ServeMux patterns. Nothing in that text is trusted, and none of it makes these
 * classes throw.
 */
@NullMarked
package io.goshawk.spans.http;

import org.jspecify.annotations.NullMarked;
