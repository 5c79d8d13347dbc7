// SPDX-License-Identifier: Apache-2.0
/**
 * What a client's connections are protected by: {@link io.goshawk.collector.export.tls.ClientTls}
 * makes Java's TLS context of the files or texts that the configuration names. Files that change
 * are read again by the next connection after the interval that was asked for.
 */
@NullMarked
package io.goshawk.collector.export.tls;

import org.jspecify.annotations.NullMarked;
