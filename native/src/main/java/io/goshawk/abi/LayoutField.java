// SPDX-License-Identifier: Apache-2.0
package io.goshawk.abi;

/**
 * A field of a C struct, nested structs and arrays of structs unfolded.
 *
 * @param name as C writes it from the outermost struct, for example {@code h2[0].writer_rws}
 * @param offset bytes from the start of the outermost struct
 * @param size bytes; of an array of scalars, the whole array
 */
public record LayoutField(String name, int offset, int size) {}
