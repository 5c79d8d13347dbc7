// SPDX-License-Identifier: Apache-2.0
/**
 * Compares what the agent made of a service with the truth: the service's own log and that of the
 * driver which asked it. The service and the driver are in {@code tests/go/truth}; start reading at
 * {@link io.goshawk.tests.truth.Comparison}.
 */
@NullMarked
package io.goshawk.tests.truth;

import org.jspecify.annotations.NullMarked;
