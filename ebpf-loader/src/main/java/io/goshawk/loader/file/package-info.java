// SPDX-License-Identifier: Apache-2.0
/**
 * An executable that is opened once: identified, analysed and probed through one descriptor, and
 * leased, so that nobody writes to it while probes are in it.
 *
 * <p>Start reading at {@link io.goshawk.loader.file.ExecutableFile}.
 */
@NullMarked
package io.goshawk.loader.file;

import org.jspecify.annotations.NullMarked;
