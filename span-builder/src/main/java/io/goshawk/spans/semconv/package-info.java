// SPDX-License-Identifier: Apache-2.0
/**
 * Attribute keys that the stable artifact of the semantic conventions does not have: those still in
 * development that Goshawk emits, and Goshawk's own. The stable ones are {@code
 * io.opentelemetry.semconv}'s.
 */
@NullMarked
package io.goshawk.spans.semconv;

import org.jspecify.annotations.NullMarked;
