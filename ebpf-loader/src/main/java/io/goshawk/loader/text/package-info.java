// SPDX-License-Identifier: Apache-2.0
/**
 * Text on its way out: {@link io.goshawk.loader.text.Printable} for people, {@link
 * io.goshawk.loader.text.JsonText} for programs. What names and messages hold comes from targets
 * and backends, and may be made to harm who reads it.
 */
@NullMarked
package io.goshawk.loader.text;

import org.jspecify.annotations.NullMarked;
