// SPDX-License-Identifier: Apache-2.0
/** Spans and backends for tests. */
@NullMarked
package io.goshawk.collector.testing;

import org.jspecify.annotations.NullMarked;
