// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class LibraryLimitTest {

  private long nanos = 5;
  private final LibraryLimit limit = new LibraryLimit("io.goshawk", () -> nanos);

  private String said(String logger) {
    LogRecord record = new LogRecord(Level.WARNING, "Stream Error");
    record.setLoggerName(logger);
    return limit.isLoggable(record) ? record.getMessage() : "";
  }

  @Test
  void whatLibrariesLogIsBoundedAndWhatIsKeptQuietIsSaid() {
    for (int i = 1; i < LibraryLimit.MOST; i++) {
      assertThat(said("io.grpc.netty.NettyServerHandler")).isEqualTo("Stream Error");
    }
    assertThat(said("io.netty"))
        .isEqualTo("Stream Error (more of libraries is kept quiet for a minute)");
    for (int i = 0; i < 1_234; i++) {
      assertThat(said("io.grpc.netty.NettyServerHandler")).isEmpty();
    }
    assertThat(said("io.goshawk.collector")).isEqualTo("Stream Error");
    nanos += TimeUnit.MINUTES.toNanos(1);
    assertThat(said("io.netty")).isEqualTo("Stream Error (and 1,234 since)");
    assertThat(said("io.netty")).isEqualTo("Stream Error");
  }
}
