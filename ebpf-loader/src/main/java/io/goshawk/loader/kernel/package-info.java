// SPDX-License-Identifier: Apache-2.0
/**
 * The machine under the agent: what its kernel offers and allows, and what its clocks say.
 *
 * <p>{@link io.goshawk.loader.kernel.KernelFeatures} answers {@code goshawk doctor}; {@link
 * io.goshawk.loader.kernel.KernelClocks} reads the clocks from which kernel time is turned into
 * UTC. Both may be used from any thread.
 */
@NullMarked
package io.goshawk.loader.kernel;

import org.jspecify.annotations.NullMarked;
