// SPDX-License-Identifier: Apache-2.0
/**
 * The consumer side of a BPF ring buffer.
 *
 * <p>The kernel's pages are mapped into this process and read with acquire and release accesses, so
 * a record costs neither a call into native code nor garbage. Everything here belongs to one
 * thread, the one that drains; start reading at {@link io.goshawk.loader.ring.RingReader}.
 */
@NullMarked
package io.goshawk.loader.ring;

import org.jspecify.annotations.NullMarked;
