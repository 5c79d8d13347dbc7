// SPDX-License-Identifier: Apache-2.0
/**
 * The layouts that the eBPF programs and the Java side share: ring records, map keys and map
 * values.
 *
 * <p>All but {@link io.goshawk.abi.LayoutField} and {@link io.goshawk.abi.ProgramObject} is
 * generated during the build from the BTF of the compiled programs, so the C headers are the only
 * home of a layout. Accessors take a buffer and the offset at which a struct starts; they allocate
 * nothing and keep no state. Buffers must be in native byte order.
 */
@NullMarked
package io.goshawk.abi;

import org.jspecify.annotations.NullMarked;
