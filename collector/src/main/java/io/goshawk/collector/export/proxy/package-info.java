// SPDX-License-Identifier: Apache-2.0
/** Which HTTP proxy is between us and a backend, by the variables that programs in Go go by. */
@NullMarked
package io.goshawk.collector.export.proxy;

import org.jspecify.annotations.NullMarked;
