// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.abi.RecordType;
import io.goshawk.config.component.GoshawkReceiverConfig.Quotas;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Settings;
import java.util.EnumMap;
import java.util.Map;

/**
 * What each process may bring.
 *
 * @param process all of its spans together
 * @param rows besides, spans by the type of their records; those without an entry any number
 */
public record QuotaSettings(Rate process, Map<RecordType, Rate> rows) {

  /** No quotas. */
  public static final QuotaSettings NONE = new QuotaSettings(Rate.ANY, Map.of());

  /** Which rows write which records, by the names that quotas have for them. */
  static final Map<String, RecordType> RECORDS =
      Map.of(
          "http.server", RecordType.RECORD_HTTP_SERVER,
          "http.client", RecordType.RECORD_HTTP_CLIENT,
          "sql", RecordType.RECORD_SQL,
          "pgx", RecordType.RECORD_PGX,
          "redis", RecordType.RECORD_REDIS,
          "franz", RecordType.RECORD_FRANZ_GO,
          "kafka-go", RecordType.RECORD_KAFKA_GO,
          "mongo", RecordType.RECORD_MONGO,
          "grpc.server", RecordType.RECORD_GRPC_SERVER,
          "grpc.client", RecordType.RECORD_GRPC_CLIENT);

  /**
   * How much may come in a second.
   *
   * @param spans {@link Long#MAX_VALUE}: any number
   * @param bytes of records; {@link Long#MAX_VALUE}: any number
   */
  public record Rate(long spans, long bytes) {
    /** As much as there is. */
    public static final Rate ANY = new Rate(Long.MAX_VALUE, Long.MAX_VALUE);
  }

  public QuotaSettings {
    rows = Map.copyOf(rows);
  }

  /** By the section {@code quotas} of the receiver. */
  static QuotaSettings of(Settings quotas) {
    Map<RecordType, Rate> rows = new EnumMap<>(RecordType.class);
    Settings ofRows = quotas.get(Quotas.OF_ROWS);
    for (Key<Settings> row : Quotas.ROWS) {
      Rate rate = rate(ofRows.get(row));
      if (!rate.equals(Rate.ANY)) {
        rows.put(RECORDS.get(row.name()), rate);
      }
    }
    return new QuotaSettings(rate(quotas), rows);
  }

  private static Rate rate(Settings settings) {
    return new Rate(
        settings.find(Quotas.SPANS_PER_SECOND).orElse(Long.MAX_VALUE),
        settings.find(Quotas.BYTES_PER_SECOND).orElse(Long.MAX_VALUE));
  }

  /** Whether there is any. */
  boolean any() {
    return !equals(NONE);
  }
}
