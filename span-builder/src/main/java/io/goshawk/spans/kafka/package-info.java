// SPDX-License-Identifier: Apache-2.0
/**
 * Spans of messages that clients of Kafka send and receive. {@link
 * io.goshawk.spans.kafka.KafkaSpans} reads records and describes them, on the drain thread. Neither
 * keys nor values of messages are ever told.
 */
@NullMarked
package io.goshawk.spans.kafka;

import org.jspecify.annotations.NullMarked;
