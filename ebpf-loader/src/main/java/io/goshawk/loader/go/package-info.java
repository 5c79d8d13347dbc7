// SPDX-License-Identifier: Apache-2.0
/**
 * The model of a Go executable: ELF, build info, the function table, type data, DWARF and struct
 * layouts, read with bounded memory and time whatever the input.
 *
 * <p>Start reading at {@link io.goshawk.loader.go.GoExecutable}. Instances are confined to one
 * thread.
 */
@NullMarked
package io.goshawk.loader.go;

import org.jspecify.annotations.NullMarked;
