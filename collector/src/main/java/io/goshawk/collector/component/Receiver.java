// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

/**
 * Where data comes from. It is given a consumer when it is made, hands batches to it from threads
 * of its own once it has been started, and none any longer when {@link #stop} has returned.
 */
public interface Receiver extends Lifecycle {}
