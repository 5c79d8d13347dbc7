// SPDX-License-Identifier: Apache-2.0
/**
 * Captures ring records of real requests, for the tests of span-builder that need no kernel. {@code
 * tests/capture-records} runs it.
 */
@NullMarked
package io.goshawk.tests.capture;

import org.jspecify.annotations.NullMarked;
