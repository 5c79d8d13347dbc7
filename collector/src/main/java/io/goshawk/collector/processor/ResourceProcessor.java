// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Processor;
import io.goshawk.collector.telemetry.AttributeMap;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedResource;
import io.goshawk.config.component.ResourceConfig;
import io.goshawk.config.schema.Settings;
import java.util.List;

/** Changes attributes of resources. */
final class ResourceProcessor implements Processor {
  private final List<AttributeAction> actions;

  ResourceProcessor(ComponentContext context, Settings settings) {
    actions = AttributeAction.of(settings.get(ResourceConfig.ATTRIBUTES));
  }

  @Override
  public void process(EncodedBatch batch, Output output) {
    EncodedBatch changed = batch.withResources(this::change);
    batch.release();
    output.emit(changed);
  }

  private EncodedResource change(EncodedResource resource) {
    AttributeMap attributes = resource.attributes();
    actions.forEach(action -> action.apply(attributes));
    return resource.with(attributes);
  }
}
