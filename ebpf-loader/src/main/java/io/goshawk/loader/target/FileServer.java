// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.target;

/**
 * Whose answer whoever opens or reads a file may have to wait for, perhaps for ever.
 *
 * @param name the type and place of the file system, for messages
 * @param certain whether others keep its files; false of an overlay of which it is not known where
 *     its layers lie
 */
public record FileServer(String name, boolean certain) {}
