// SPDX-License-Identifier: Apache-2.0
/**
 * Starting a command whose programs wait, each at its start, until they have their probes.
 *
 * <p>Start reading at {@link io.goshawk.loader.exec.ExecGate}.
 */
@NullMarked
package io.goshawk.loader.exec;

import org.jspecify.annotations.NullMarked;
