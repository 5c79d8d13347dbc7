package io.goshawk.loader.probe;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * A member of {@code go_layout} that some row asked for.
 *
 * @param value empty if it is not known
 * @param source who says so: {@code DWARF}, {@code TABLE} or {@code VERSION}; empty if nobody does
 */
public record PlannedMember(LayoutMember member, OptionalInt value, Optional<String> source) {}
