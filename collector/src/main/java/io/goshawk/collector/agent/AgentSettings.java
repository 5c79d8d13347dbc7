// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.loader.target.TargetSelector;
import io.goshawk.spans.SpanSettings;
import io.goshawk.spans.resource.ResourceSettings;

/**
 * What an agent does.
 *
 * @param targets the processes to trace, besides those it starts itself
 * @param spans what spans say
 * @param resources what is said of targets
 * @param kernel what the programs are told
 */
public record AgentSettings(
    TargetSelector targets,
    SpanSettings spans,
    ResourceSettings resources,
    KernelSettings kernel) {}
