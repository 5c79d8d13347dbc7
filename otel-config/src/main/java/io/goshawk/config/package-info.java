/**
 * Configuration text in, validated values out: the {@code OTEL_*} variables as the OpenTelemetry
 * specification has them (configuration/sdk-environment-variables.md, protocol/exporter.md).
 *
 * <p>Start reading at {@link io.goshawk.config.OtelSettings}. A value that the specification says
 * to ignore is ignored with a warning in {@link io.goshawk.config.Environment#warnings()}; one
 * whose default would send data to the wrong place or without protection is refused with a {@link
 * io.goshawk.config.ConfigException}. Everything here is a pure function of a map of variables.
 */
@NullMarked
package io.goshawk.config;

import org.jspecify.annotations.NullMarked;
