// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Processor;
import io.goshawk.collector.processor.Condition.NoAnswerException;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.SpanView;
import io.goshawk.config.component.FilterConfig;
import io.goshawk.config.ottl.ConditionException;
import io.goshawk.config.ottl.ConditionParser;
import io.goshawk.config.ottl.Field;
import io.goshawk.config.schema.Located;
import io.goshawk.config.schema.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.logging.Logger;

/** Drops spans for which a condition holds. */
final class FilterProcessor implements Processor {
  static final String FILTERED = "filtered";
  static final String NO_ANSWER = "condition without an answer";

  private static final Logger LOG = Logger.getLogger(FilterProcessor.class.getName());

  private final List<Condition> conditions = new ArrayList<>();
  private final boolean dropsWithoutAnswer;
  private final String id;
  private boolean quiet;

  FilterProcessor(ComponentContext context, Settings settings) {
    id = context.id().toString();
    String mode = settings.get(FilterConfig.ERROR_MODE);
    dropsWithoutAnswer = mode.equals("propagate");
    quiet = mode.equals("silent");
    Settings traces = settings.get(FilterConfig.TRACES);
    add(traces.get(FilterConfig.Traces.RESOURCE), Optional.of(Field.Context.RESOURCE));
    add(traces.get(FilterConfig.Traces.SPAN), Optional.of(Field.Context.SPAN));
    add(settings.get(FilterConfig.TRACE_CONDITIONS), Optional.empty());
  }

  private void add(List<Located<String>> texts, Optional<Field.Context> context) {
    for (Located<String> text : texts) {
      try {
        conditions.add(new Condition(ConditionParser.parse(text.value(), context)));
      } catch (ConditionException e) {
        throw new IllegalArgumentException(text.origin() + ": " + e.getMessage(), e);
      }
    }
  }

  @Override
  public void process(EncodedBatch batch, Output output) {
    Decisions decisions = new Decisions();
    EncodedBatch kept = batch.filtered(decisions::keep);
    batch.release();
    output.drop(FILTERED, decisions.filtered);
    output.drop(NO_ANSWER, decisions.withoutAnswer);
    if (kept.size() == 0) {
      kept.release();
    } else {
      output.emit(kept);
    }
  }

  private final class Decisions {
    private long filtered;
    private long withoutAnswer;

    boolean keep(SpanView span) {
      for (Condition condition : conditions) {
        try {
          if (condition.holds(span)) {
            filtered++;
            return false;
          }
        } catch (NoAnswerException e) {
          say(e);
          if (dropsWithoutAnswer) {
            withoutAnswer++;
            return false;
          }
        }
      }
      return true;
    }
  }

  /** Once: it is mostly the same again for every span. */
  private void say(NoAnswerException e) {
    if (!quiet) {
      quiet = true;
      LOG.warning(id + ": a condition has no answer for a span: " + e.getMessage());
    }
  }
}
