// SPDX-License-Identifier: Apache-2.0
/**
 * Which functions of a Go executable get a probe, on which instruction, and what the programs are
 * told about its structs.
 *
 * <p>{@link io.goshawk.loader.probe.ProbeCatalogue} declares what can be probed, one entry a
 * library; {@link io.goshawk.loader.probe.ProbePlanner} finds it in an executable; {@link
 * io.goshawk.loader.probe.InspectReport} shows the outcome. What an executable lacks costs only the
 * rows that need it. Nothing here touches the kernel; values are immutable, planning is confined to
 * the thread that owns the executable.
 */
@NullMarked
package io.goshawk.loader.probe;

import org.jspecify.annotations.NullMarked;
