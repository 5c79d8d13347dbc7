// SPDX-License-Identifier: Apache-2.0
/**
 * Spans of commands to Redis. {@link io.goshawk.spans.redis.RedisSpans} reads records and describes
 * them, on the drain thread. Of a command's arguments only a key is ever told, {@link
 * io.goshawk.spans.redis.RedisKeys} knows of which commands.
 */
@NullMarked
package io.goshawk.spans.redis;

import org.jspecify.annotations.NullMarked;
