// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.component;

import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.Signal;
import io.goshawk.config.schema.Settings;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** How components are made, by the types that otel-config declares. Immutable. */
public final class Factories {

  /** Makes a receiver that hands on what it receives. */
  @FunctionalInterface
  public interface ReceiverFactory {

    /**
     * Makes one.
     *
     * @param feeds where it hands the data of each signal that it can give
     */
    Receiver create(ComponentContext context, Settings settings, Map<Signal, Feed> feeds);
  }

  /** Makes a processor; each pipeline has its own. */
  @FunctionalInterface
  public interface ProcessorFactory {
    Processor create(ComponentContext context, Settings settings);
  }

  /** Makes an exporter; all pipelines of a signal share it. */
  @FunctionalInterface
  public interface ExporterFactory {
    Exporter create(ComponentContext context, Settings settings);
  }

  /** Makes a connector that hands what it makes to a consumer. */
  @FunctionalInterface
  public interface ConnectorFactory {

    /**
     * Makes one.
     *
     * @param context has the books of what it takes
     * @param given the books of what it gives
     */
    Connector create(
        ComponentContext context, NodeAccount given, Settings settings, BatchConsumer next);
  }

  /** Makes an extension. */
  @FunctionalInterface
  public interface ExtensionFactory {
    Extension create(ComponentContext context, Settings settings);
  }

  private final Map<String, ReceiverFactory> receivers;
  private final Map<String, ProcessorFactory> processors;
  private final Map<String, ExporterFactory> exporters;
  private final Map<String, ConnectorFactory> connectors;
  private final Map<String, ExtensionFactory> extensions;

  private Factories(Builder builder) {
    receivers = Map.copyOf(builder.receivers);
    processors = Map.copyOf(builder.processors);
    exporters = Map.copyOf(builder.exporters);
    connectors = Map.copyOf(builder.connectors);
    extensions = Map.copyOf(builder.extensions);
  }

  /** Starts to list them. */
  public static Builder builder() {
    return new Builder();
  }

  /** The types of a kind that can be made. */
  public Set<String> types(ComponentKind kind) {
    return switch (kind) {
      case RECEIVER -> receivers.keySet();
      case PROCESSOR -> processors.keySet();
      case EXPORTER -> exporters.keySet();
      case EXTENSION -> extensions.keySet();
      case CONNECTOR -> connectors.keySet();
    };
  }

  public ReceiverFactory receiver(String type) {
    return require(receivers, type, ComponentKind.RECEIVER);
  }

  public ProcessorFactory processor(String type) {
    return require(processors, type, ComponentKind.PROCESSOR);
  }

  public ExporterFactory exporter(String type) {
    return require(exporters, type, ComponentKind.EXPORTER);
  }

  public ConnectorFactory connector(String type) {
    return require(connectors, type, ComponentKind.CONNECTOR);
  }

  public ExtensionFactory extension(String type) {
    return require(extensions, type, ComponentKind.EXTENSION);
  }

  /** What the catalogue lets through can be made. */
  private static <F> F require(Map<String, F> factories, String type, ComponentKind kind) {
    F factory = factories.get(type);
    if (factory == null) {
      throw new IllegalArgumentException("no factory makes the " + kind + " " + type);
    }
    return factory;
  }

  /**
   * Lists factories. Each is best a lambda that calls a constructor: a reference to the constructor
   * would load the class, and with it what no configuration may ever use.
   */
  public static final class Builder {
    private final Map<String, ReceiverFactory> receivers = new LinkedHashMap<>();
    private final Map<String, ProcessorFactory> processors = new LinkedHashMap<>();
    private final Map<String, ExporterFactory> exporters = new LinkedHashMap<>();
    private final Map<String, ConnectorFactory> connectors = new LinkedHashMap<>();
    private final Map<String, ExtensionFactory> extensions = new LinkedHashMap<>();

    private Builder() {}

    public Builder receiver(String type, ReceiverFactory factory) {
      receivers.put(type, factory);
      return this;
    }

    public Builder processor(String type, ProcessorFactory factory) {
      processors.put(type, factory);
      return this;
    }

    public Builder exporter(String type, ExporterFactory factory) {
      exporters.put(type, factory);
      return this;
    }

    public Builder connector(String type, ConnectorFactory factory) {
      connectors.put(type, factory);
      return this;
    }

    public Builder extension(String type, ExtensionFactory factory) {
      extensions.put(type, factory);
      return this;
    }

    public Factories build() {
      return new Factories(this);
    }
  }
}
