// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.ledger;

/**
 * What became of one service's requests: those that it answered and those that it made, as the
 * libraries' {@code requests seen} are.
 *
 * @param service its name
 * @param spans spans built, each of a request
 * @param errors those of them that failed
 * @param lost requests that became no span, though they were to: in the kernel, with their process,
 *     or because their record was refused
 * @param sampledOut requests that were not to become spans
 * @param notTraced requests before their process was traced, open when it was no longer to be, or
 *     whose end could not have been seen
 * @param open requests that had not ended when the agent did
 */
public record ServiceCounts(
    String service,
    long spans,
    long errors,
    long lost,
    long sampledOut,
    long notTraced,
    long open) {

  /** All of them; while the agent is at work, without those that are under way. */
  public long requests() {
    return spans + lost + sampledOut + notTraced + open;
  }
}
