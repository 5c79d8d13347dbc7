// SPDX-License-Identifier: Apache-2.0
/**
 * What a pipeline is made of, as five small interfaces: {@link
 * io.goshawk.collector.component.Receiver}, {@link io.goshawk.collector.component.Processor},
 * {@link io.goshawk.collector.component.Exporter}, {@link io.goshawk.collector.component.Connector}
 * and {@link io.goshawk.collector.component.Extension}, a factory for each in {@link
 * io.goshawk.collector.component.Factories}, and the books that every node keeps, {@link
 * io.goshawk.collector.component.NodeAccount}. Adding a component is a declaration in otel-config,
 * a class here or beside, and a line in {@code service.Components}, where the factories are listed.
 */
@NullMarked
package io.goshawk.collector.component;

import org.jspecify.annotations.NullMarked;
