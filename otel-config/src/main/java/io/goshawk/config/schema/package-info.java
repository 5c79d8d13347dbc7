// SPDX-License-Identifier: Apache-2.0
/**
 * Declarations of what a configuration may say. A {@link io.goshawk.config.schema.Key} has a name,
 * a {@link io.goshawk.config.schema.ValueType}, a default and a sentence of documentation; a {@link
 * io.goshawk.config.schema.Section} is a map of them. From these come validation, typed access by
 * {@link io.goshawk.config.schema.Settings}, the reference page and the JSON schema, so that none
 * of them can differ from the others. Everything is immutable; reading reports into {@link
 * io.goshawk.config.tree.Findings}.
 */
@NullMarked
package io.goshawk.config.schema;

import org.jspecify.annotations.NullMarked;
