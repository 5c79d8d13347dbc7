// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * A member of a layout that some row asked for.
 *
 * @param value empty if it is not known
 * @param source who says so: {@code TYPES}, {@code DWARF}, {@code TABLE} or {@code VERSION}; empty
 *     if nobody does
 */
public record PlannedMember(LayoutMember member, OptionalLong value, Optional<String> source) {}
