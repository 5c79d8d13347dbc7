// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.sql;

import static io.opentelemetry.semconv.DbAttributes.DB_NAMESPACE;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_ADDRESS;
import static io.opentelemetry.semconv.ServerAttributes.SERVER_PORT;

import io.goshawk.spans.otlp.EncodedAttribute;
import io.goshawk.spans.otlp.EncodedName;
import io.goshawk.spans.otlp.FieldEncoder;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a data-source name says, encoded; with the names of spans that nothing else gives one. */
final class SourceFields {
  private final FieldEncoder encoder;
  private final @Nullable EncodedAttribute namespace;
  private final @Nullable EncodedAttribute address;
  private final @Nullable EncodedAttribute port;

  /** What an operation is performed on; null if that is not known. */
  private final @Nullable String target;

  private final Map<SqlCall.Operation, EncodedName> names = new EnumMap<>(SqlCall.Operation.class);
  private final String systemName;

  SourceFields(SqlDriver driver, DataSource source, FieldEncoder encoder) {
    this.encoder = encoder;
    this.systemName = driver.systemName();
    String itsNamespace = source.namespace();
    String itsAddress = source.serverAddress();
    Long itsPort = source.serverPort();
    namespace = itsNamespace == null ? null : encoder.attribute(DB_NAMESPACE, itsNamespace);
    address = itsAddress == null ? null : encoder.attribute(SERVER_ADDRESS, itsAddress);
    port =
        itsPort == null || driver.isDefaultPort(itsPort)
            ? null
            : encoder.attribute(SERVER_PORT, itsPort);
    if (itsNamespace != null || itsAddress == null) {
      target = itsNamespace;
    } else {
      target = itsPort == null ? itsAddress : itsAddress + ":" + itsPort;
    }
  }

  @Nullable EncodedAttribute namespace() {
    return namespace;
  }

  @Nullable EncodedAttribute address() {
    return address;
  }

  /** Null also if it is the system's own. */
  @Nullable EncodedAttribute port() {
    return port;
  }

  /** The name of a span without a summary: operation and target, or what of it is known. */
  EncodedName spanName(SqlCall.Operation operation) {
    return names.computeIfAbsent(operation, this::newName);
  }

  private EncodedName newName(SqlCall.Operation operation) {
    String word = operation.word();
    if (word == null) {
      return encoder.name(target == null ? systemName : target);
    }
    return encoder.name(target == null ? word : word + " " + target);
  }
}
