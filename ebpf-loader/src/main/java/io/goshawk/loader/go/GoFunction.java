// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

/**
 * A function of a Go executable.
 *
 * @param name as the linker writes it
 * @param address virtual address of its first instruction
 * @param size bytes of code, trailing padding possibly included
 */
public record GoFunction(String name, long address, long size) {}
