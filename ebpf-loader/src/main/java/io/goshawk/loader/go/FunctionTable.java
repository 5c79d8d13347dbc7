// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import java.util.Optional;

/** Functions by name. */
interface FunctionTable {

  Optional<GoFunction> function(String name);

  SymbolSource source();
}
