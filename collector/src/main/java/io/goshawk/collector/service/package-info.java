// SPDX-License-Identifier: Apache-2.0
/**
 * A configuration as a service: {@link io.goshawk.collector.service.Service} is what runs, {@link
 * io.goshawk.collector.service.Components} lists the factories of all components that can.
 */
@NullMarked
package io.goshawk.collector.service;

import org.jspecify.annotations.NullMarked;
