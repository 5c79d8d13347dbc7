// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Processor;
import io.goshawk.collector.telemetry.AttributeMap;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.MessageEdit;
import io.goshawk.collector.telemetry.SpanView;
import io.goshawk.config.component.AttributesConfig;
import io.goshawk.config.schema.Settings;
import io.goshawk.spans.otlp.ChunkFiller;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Changes attributes of spans. */
final class AttributesProcessor implements Processor {
  private final Optional<SpanMatcher> include;
  private final Optional<SpanMatcher> exclude;
  private final List<AttributeAction> actions;
  private final ChunkFiller memory = new ChunkFiller();

  AttributesProcessor(ComponentContext context, Settings settings) {
    include = settings.find(AttributesConfig.INCLUDE).map(SpanMatcher::new);
    exclude = settings.find(AttributesConfig.EXCLUDE).map(SpanMatcher::new);
    actions = AttributeAction.of(settings.get(AttributesConfig.ACTIONS));
  }

  @Override
  public void process(EncodedBatch batch, Output output) {
    EncodedBatch changed = batch.changed(this::change, memory);
    batch.release();
    output.emit(changed);
  }

  private @Nullable MessageEdit change(SpanView span) {
    if (include.isPresent() && !include.get().test(span)
        || exclude.isPresent() && exclude.get().test(span)) {
      return null;
    }
    AttributeMap attributes = span.attributes();
    for (AttributeAction action : actions) {
      action.apply(attributes);
    }
    return attributes.changed() ? attributes.message() : null;
  }
}
