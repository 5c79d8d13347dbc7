// SPDX-License-Identifier: Apache-2.0
/** Holds the arrows between the modules, which the build's own dependencies allow too much of. */
@NullMarked
package io.goshawk.tests.architecture;

import org.jspecify.annotations.NullMarked;
