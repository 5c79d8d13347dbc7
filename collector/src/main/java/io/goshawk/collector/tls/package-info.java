// SPDX-License-Identifier: Apache-2.0
/** TLS of servers, from the files that a configuration names. */
@NullMarked
package io.goshawk.collector.tls;

import org.jspecify.annotations.NullMarked;
