// SPDX-License-Identifier: Apache-2.0
/**
 * What the trap of a probe takes on this machine, measured on code of our own.
 *
 * <p>Start reading at {@link io.goshawk.loader.trap.TrapMeter}.
 */
@NullMarked
package io.goshawk.loader.trap;

import org.jspecify.annotations.NullMarked;
