// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

/**
 * A function's name in some releases.
 *
 * @param symbol as the linker writes it
 * @param releases those it is looked for in
 * @param variant what the attach cookie tells the program: a value of its own enum
 */
public record SymbolAlias(String symbol, VersionRange releases, int variant) {}
