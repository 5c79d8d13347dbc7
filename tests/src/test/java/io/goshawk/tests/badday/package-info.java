// SPDX-License-Identifier: Apache-2.0
/**
 * Bad input and bad days: what a user sees when a target dies or is no target, the machine lacks
 * something, a backend or a disk fails, or the agent itself is killed; and that it costs no more
 * than its own part.
 *
 * <p>Everything goes through {@code bin/goshawk}, mostly against the service in {@code
 * tests/go/badday}.
 */
@NullMarked
package io.goshawk.tests.badday;

import org.jspecify.annotations.NullMarked;
