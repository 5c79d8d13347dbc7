// SPDX-License-Identifier: Apache-2.0
/**
 * The books: what became of every request, counted stage by stage and reason by reason.
 *
 * <p>The drain thread, the exporters' threads and the control thread write; anyone may read a
 * {@link io.goshawk.collector.ledger.LedgerSnapshot}. Start reading at {@link
 * io.goshawk.collector.ledger.Ledger}.
 */
@NullMarked
package io.goshawk.collector.ledger;

import org.jspecify.annotations.NullMarked;
