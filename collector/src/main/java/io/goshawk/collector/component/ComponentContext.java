// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

import io.goshawk.config.component.ComponentId;
import java.util.function.LongSupplier;

/**
 * What a component is given besides its settings.
 *
 * @param id by which its configuration names it
 * @param account its books
 * @param nanoClock for everything that it does by time, see {@link System#nanoTime()}
 */
public record ComponentContext(ComponentId id, NodeAccount account, LongSupplier nanoClock) {}
