// SPDX-License-Identifier: Apache-2.0
/**
 * Machine code, as far as the choice of a probe site needs it: how long an instruction is, where it
 * may go, which registers it may write, and what a uprobe on it costs.
 *
 * <p>Start reading at {@link io.goshawk.loader.decode.InstructionDecoder}. Everything here is pure
 * and safe for use by several threads. No input makes it throw or run on: code that is no code
 * gives an {@link io.goshawk.loader.decode.Undecodable}.
 */
@NullMarked
package io.goshawk.loader.decode;

import org.jspecify.annotations.NullMarked;
