// SPDX-License-Identifier: Apache-2.0
/**
 * Who exporters say that they are, and who may send to receivers: extensions that give a header to
 * every request or look at it, by the configuration or by files that are read again when they
 * change.
 */
@NullMarked
package io.goshawk.collector.auth;

import org.jspecify.annotations.NullMarked;
