// SPDX-License-Identifier: Apache-2.0
/**
 * The agent and its command line from outside: real commands, real signals, the running kernel.
 *
 * <p>Needs root, a kernel that Goshawk supports and a Go toolchain; a test that lacks one of them
 * fails.
 */
@NullMarked
package io.goshawk.tests.agent;

import org.jspecify.annotations.NullMarked;
