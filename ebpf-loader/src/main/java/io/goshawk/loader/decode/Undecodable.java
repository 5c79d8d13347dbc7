// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

/**
 * Bytes that are no instruction, or none that Go's toolchain emits.
 *
 * @param address virtual address of the first byte
 * @param reason for people
 */
public record Undecodable(long address, String reason) implements Decoded {}
