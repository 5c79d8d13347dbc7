// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

/**
 * What may be told of a query.
 *
 * @param text with a question mark for each literal
 * @param summary its operations and their targets; empty if none were recognized
 */
record MaskedQuery(String text, String summary) {}
