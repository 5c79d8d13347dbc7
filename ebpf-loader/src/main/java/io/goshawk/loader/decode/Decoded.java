// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.decode;

/** What was found at a place in a function's code. */
public sealed interface Decoded permits Instruction, Undecodable {}
