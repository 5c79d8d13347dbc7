// SPDX-License-Identifier: Apache-2.0
/**
 * Sends spans to a real OpenTelemetry Collector, which {@code tests/collector/build} makes of its
 * Go modules, and reads what it took.
 */
@NullMarked
package io.goshawk.tests.backend;

import org.jspecify.annotations.NullMarked;
