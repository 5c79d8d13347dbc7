// SPDX-License-Identifier: Apache-2.0
/** Listening for connections, with bounds: what the receivers and the agent's own pages share. */
@NullMarked
package io.goshawk.collector.net;

import org.jspecify.annotations.NullMarked;
