// SPDX-License-Identifier: Apache-2.0
/**
 * What the kernel itself knows of a file and of where it is mounted, without asking whoever keeps
 * the file: a server that does not answer holds up whoever asks, and no signal ends that.
 *
 * <p>Start reading at {@link io.goshawk.loader.stat.FileStatus}. From any thread.
 */
@NullMarked
package io.goshawk.loader.stat;

import org.jspecify.annotations.NullMarked;
