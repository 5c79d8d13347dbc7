// SPDX-License-Identifier: Apache-2.0
/**
 * Struct layouts from DWARF 4 and 5, in one forward pass over {@code .debug_info}: the section is
 * inflated as it is read and never held, so memory does not grow with the executable.
 *
 * <p>Only what member offsets need is understood; everything else is skipped by its form. Section
 * numbers in comments are those of the DWARF 5 standard. Start reading at {@link
 * io.goshawk.loader.dwarf.DwarfStructs}. Everything runs on the caller's thread.
 */
@NullMarked
package io.goshawk.loader.dwarf;

import org.jspecify.annotations.NullMarked;
