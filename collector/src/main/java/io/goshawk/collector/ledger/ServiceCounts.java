// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

/**
 * What was made of one service's records.
 *
 * @param service its name
 * @param spans spans built, each of a request
 * @param errors those of them that failed
 * @param lost records that became no span
 */
public record ServiceCounts(String service, long spans, long errors, long lost) {}
