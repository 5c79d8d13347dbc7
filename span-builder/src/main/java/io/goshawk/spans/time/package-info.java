// SPDX-License-Identifier: Apache-2.0
/**
 * Kernel time to UTC. {@link io.goshawk.spans.time.TimeBase} turns stamps of {@code
 * CLOCK_MONOTONIC} into UTC from samples of both clocks; {@link io.goshawk.spans.time.TraceTimes}
 * gives all spans of one trace the same offset, so that their order and lengths are those of the
 * kernel's clock whatever happens to the wall clock meanwhile.
 *
 * <p>Pure arithmetic: nobody here reads a clock. Start reading at {@code TimeBase}.
 */
@NullMarked
package io.goshawk.spans.time;

import org.jspecify.annotations.NullMarked;
