// SPDX-License-Identifier: Apache-2.0
/**
 * Headers and metadata that a user wants to see, as attributes. Start reading at {@link
 * io.goshawk.spans.headers.CapturedHeaders}. Confined to the thread of the span builder.
 */
@NullMarked
package io.goshawk.spans.headers;

import org.jspecify.annotations.NullMarked;
