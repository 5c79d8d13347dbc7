// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Hears what a logger says while a test runs, on any thread, as {@code LEVEL message}. */
public final class LogLines extends Handler implements BeforeEachCallback, AfterEachCallback {
  private final Logger logger;
  private final SimpleFormatter formatter = new SimpleFormatter();
  private final List<String> lines = new CopyOnWriteArrayList<>();

  public LogLines(String logger) {
    this.logger = Logger.getLogger(logger);
  }

  /** What it has said. */
  public List<String> lines() {
    return lines;
  }

  @Override
  public void beforeEach(ExtensionContext test) {
    logger.addHandler(this);
  }

  @Override
  public void afterEach(ExtensionContext test) {
    logger.removeHandler(this);
  }

  @Override
  public void publish(LogRecord entry) {
    lines.add(entry.getLevel() + " " + formatter.formatMessage(entry));
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}
}
