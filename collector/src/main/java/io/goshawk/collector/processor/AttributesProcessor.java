// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Processor;
import io.goshawk.collector.telemetry.AttributeMap;
import io.goshawk.collector.telemetry.SpanView;
import io.goshawk.collector.telemetry.TraceBatch;
import io.goshawk.config.component.AttributesConfig;
import io.goshawk.config.schema.Settings;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Changes attributes of spans. */
final class AttributesProcessor implements Processor {
  private final Optional<SpanMatcher> include;
  private final Optional<SpanMatcher> exclude;
  private final List<AttributeAction> actions;

  AttributesProcessor(ComponentContext context, Settings settings) {
    include = settings.find(AttributesConfig.INCLUDE).map(SpanMatcher::new);
    exclude = settings.find(AttributesConfig.EXCLUDE).map(SpanMatcher::new);
    actions = AttributeAction.of(settings.get(AttributesConfig.ACTIONS));
  }

  @Override
  public void process(TraceBatch batch, Output output) {
    TraceBatch changed = batch.changed(this::change);
    batch.release();
    output.emit(changed);
  }

  private byte @Nullable [] change(SpanView span) {
    if (include.isPresent() && !include.get().test(span)
        || exclude.isPresent() && exclude.get().test(span)) {
      return null;
    }
    AttributeMap attributes = span.attributes();
    actions.forEach(action -> action.apply(attributes));
    return attributes.changed() ? attributes.message() : null;
  }
}
