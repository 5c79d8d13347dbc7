// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

/** Where data goes. What becomes of every span it writes into the account it was made with. */
public interface Exporter extends Lifecycle, BatchConsumer {}
