// SPDX-License-Identifier: Apache-2.0
/**
 * The rights of this process, and what lacking one costs: the one source of what {@code doctor}
 * shows and what a refusal is explained with.
 *
 * <p>Start reading at {@link io.goshawk.loader.rights.Right}. Depends on nothing, so that whoever
 * meets a refusal can ask.
 */
@NullMarked
package io.goshawk.loader.rights;

import org.jspecify.annotations.NullMarked;
