// SPDX-License-Identifier: Apache-2.0
/** Files that a user names, read so that no wrong name can hold anybody up. */
@NullMarked
package io.goshawk.config.file;

import org.jspecify.annotations.NullMarked;
