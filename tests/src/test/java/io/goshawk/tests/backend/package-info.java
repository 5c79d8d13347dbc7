// SPDX-License-Identifier: Apache-2.0
/**
 * Real backends, which {@code tests/backends/build} makes of their Go modules, and what they say of
 * the spans that they were sent.
 */
@NullMarked
package io.goshawk.tests.backend;

import org.jspecify.annotations.NullMarked;
