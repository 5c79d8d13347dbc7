// SPDX-License-Identifier: Apache-2.0
/**
 * Where spans go. {@link io.goshawk.collector.export.Exporters} makes exporters from settings; each
 * kind lives in a package of its own.
 */
@NullMarked
package io.goshawk.collector.export;

import org.jspecify.annotations.NullMarked;
