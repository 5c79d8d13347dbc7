// SPDX-License-Identifier: Apache-2.0
/**
 * Go errors, and what {@code error.type} is for them: the same for every library, since the network
 * fails them all alike.
 */
@NullMarked
package io.goshawk.spans.failure;

import org.jspecify.annotations.NullMarked;
