// SPDX-License-Identifier: Apache-2.0
/**
 * Conditions on spans, a small part of the OpenTelemetry Transformation Language (contrib,
 * pkg/ottl/LANGUAGE.md). {@link io.goshawk.config.ottl.ConditionParser} makes an {@link
 * io.goshawk.config.ottl.Expression} of text, with every name resolved, or says at which character
 * what is wrong.
 */
@NullMarked
package io.goshawk.config.ottl;

import org.jspecify.annotations.NullMarked;
