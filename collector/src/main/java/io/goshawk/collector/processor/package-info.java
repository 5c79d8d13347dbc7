// SPDX-License-Identifier: Apache-2.0
/**
 * The processors, each in a class or two. They look at and change {@link
 * io.goshawk.collector.telemetry.EncodedBatch}es and know nothing of pipelines; {@link
 * io.goshawk.collector.processor.Processors} lists their factories.
 */
@NullMarked
package io.goshawk.collector.processor;

import org.jspecify.annotations.NullMarked;
