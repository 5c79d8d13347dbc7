// SPDX-License-Identifier: Apache-2.0
/**
 * Bytes of the target's memory to strings: repaired where they are not UTF-8, and found again
 * instead of made again where they repeat; and what is written alike for every library, such as a
 * host with its port. Confined to the thread of the span builder.
 */
@NullMarked
package io.goshawk.spans.text;

import org.jspecify.annotations.NullMarked;
