// SPDX-License-Identifier: Apache-2.0
/**
 * Receivers of spans that somebody else has made; {@link io.goshawk.collector.receiver.Receivers}
 * lists them.
 */
@NullMarked
package io.goshawk.collector.receiver;

import org.jspecify.annotations.NullMarked;
