package io.goshawk.loader.probe;

/**
 * A function's name in some releases of Go.
 *
 * @param symbol as the linker writes it
 * @param releases those it is looked for in
 * @param variant which copy of a library it belongs to, for the upper half of the attach cookie
 */
public record SymbolAlias(String symbol, GoReleases releases, int variant) {}
