// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

import io.goshawk.collector.component.NodeAccount;

/**
 * One connector's books, at one moment.
 *
 * @param taken from the pipelines that it ends
 * @param given to those that it begins
 */
public record ConnectorCounts(NodeAccount.Snapshot taken, NodeAccount.Snapshot given) {}
