// SPDX-License-Identifier: Apache-2.0
/**
 * What the tests of every module may use. It lives in the module that all of them stand on; start
 * reading at {@link io.goshawk.testing.SeededCases}.
 */
@NullMarked
package io.goshawk.testing;

import org.jspecify.annotations.NullMarked;
