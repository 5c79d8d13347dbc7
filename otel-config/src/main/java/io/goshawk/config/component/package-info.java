// SPDX-License-Identifier: Apache-2.0
/**
 * The components that a configuration may use, one declaration each, with the names and defaults
 * that the OpenTelemetry Collector gives their keys, and what holds a configuration together:
 * pipelines, the service's own telemetry.
 *
 * <p>{@link io.goshawk.config.component.Catalogue} lists the components and says which can run;
 * {@link io.goshawk.config.component.ConfigReader} reads a whole configuration.
 */
@NullMarked
package io.goshawk.config.component;

import org.jspecify.annotations.NullMarked;
