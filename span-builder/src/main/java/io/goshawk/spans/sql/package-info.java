// SPDX-License-Identifier: Apache-2.0
/**
 * Client spans of database/sql, after the stable database conventions (semantic conventions 1.45.0,
 * docs/db/database-spans.md, sql.md).
 *
 * <p>{@link io.goshawk.spans.sql.SqlSpans} decides what a call means and is where to start reading.
 * {@code SqlMasker} takes the literals out of a query and sums it up, {@code DataSource} and {@link
 * io.goshawk.spans.sql.SqlDriver} read what the application connects to. Nothing in those texts is
 * trusted, and none of it makes these classes throw.
 *
 * <p>Confined to the thread of the span builder.
 */
@NullMarked
package io.goshawk.spans.sql;

import org.jspecify.annotations.NullMarked;
