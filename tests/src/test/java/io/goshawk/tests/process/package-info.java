// SPDX-License-Identifier: Apache-2.0
/**
 * What end-to-end tests run on: the repository, Go toolchains and the programs they build, child
 * processes that end for sure, and the agent as a user starts it, through {@code bin/goshawk}.
 */
@NullMarked
package io.goshawk.tests.process;

import org.jspecify.annotations.NullMarked;
