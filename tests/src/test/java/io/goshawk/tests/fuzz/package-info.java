// SPDX-License-Identifier: Apache-2.0
/** Whatever can be sent to a service, right or not, against what its handlers say of it. */
@NullMarked
package io.goshawk.tests.fuzz;

import org.jspecify.annotations.NullMarked;
