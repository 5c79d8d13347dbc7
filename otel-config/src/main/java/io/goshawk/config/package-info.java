// SPDX-License-Identifier: Apache-2.0
/**
 * Configuration text in, validated values out. {@link io.goshawk.config.ConfigLoader} makes a whole
 * configuration of files, variables and flags; {@link io.goshawk.config.OtelSettings} reads the
 * {@code OTEL_*} variables by themselves, as the OpenTelemetry specification has them
 * (configuration/sdk-environment-variables.md, protocol/exporter.md).
 *
 * <p>A variable that the specification says to ignore is ignored with a warning in {@link
 * io.goshawk.config.Environment#warnings()}; one whose default would send data to the wrong place
 * or without protection is refused with a {@link io.goshawk.config.ConfigException}. Nothing here
 * looks at the environment by itself: variables are a map, and only files that are named are read.
 */
@NullMarked
package io.goshawk.config;

import org.jspecify.annotations.NullMarked;
