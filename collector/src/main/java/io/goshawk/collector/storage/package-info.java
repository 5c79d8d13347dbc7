// SPDX-License-Identifier: Apache-2.0
/**
 * Queues of exporters in files, for the extension {@code file_storage}: what was put in is there
 * again after the agent has ended, however it ended. {@link
 * io.goshawk.collector.storage.SegmentLog} is the format and its guarantees, {@link
 * io.goshawk.collector.storage.FileBacklog} makes a queue of it.
 */
@NullMarked
package io.goshawk.collector.storage;

import org.jspecify.annotations.NullMarked;
