// SPDX-License-Identifier: Apache-2.0
/**
 * Spans of commands to MongoDB. {@link io.goshawk.spans.mongo.MongoSpans} reads records and
 * describes them, on the drain thread. Of a command only the collection is ever told, {@link
 * io.goshawk.spans.mongo.MongoCommands} knows which commands have one.
 */
@NullMarked
package io.goshawk.spans.mongo;

import org.jspecify.annotations.NullMarked;
