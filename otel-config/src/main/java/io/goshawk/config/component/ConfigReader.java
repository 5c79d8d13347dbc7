// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import static java.util.stream.Collectors.joining;

import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.CollectorConfig.Pipeline;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Located;
import io.goshawk.config.schema.NearestWord;
import io.goshawk.config.schema.Reading;
import io.goshawk.config.schema.Section;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.schema.Types;
import io.goshawk.config.schema.ValueType;
import io.goshawk.config.tree.Findings;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.MapNode.Entry;
import io.goshawk.config.tree.Node;
import io.goshawk.config.tree.Origin;
import io.goshawk.config.tree.ScalarNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Makes a {@link CollectorConfig} of a tree, or says everything that is wrong with it. */
public final class ConfigReader {
  private static final String SERVICE = "service";

  private static final Key<List<Located<String>>> EXTENSIONS =
      Key.of("extensions", references(), "The extensions that are started, in this order.");
  private static final Key<Map<String, Object>> PIPELINES =
      Key.of("pipelines", Types.mapOf(Types.any()), "What runs, by signal: traces, metrics/NAME.")
          .mandatory();
  private static final Key<Settings> TELEMETRY =
      Key.of("telemetry", Types.section(TelemetryConfig.SECTION), "What the agent says of itself.");
  private static final Section SERVICE_SECTION = Section.of(EXTENSIONS, PIPELINES, TELEMETRY);

  private static final Key<List<Located<String>>> RECEIVERS =
      Key.of("receivers", references(), "Where data comes from.").mandatory();
  private static final Key<List<Located<String>>> PROCESSORS =
      Key.of("processors", references(), "What it goes through, in this order.");
  private static final Key<List<Located<String>>> EXPORTERS =
      Key.of("exporters", references(), "Where it goes to.").mandatory();
  private static final Section PIPELINE_SECTION = Section.of(RECEIVERS, PROCESSORS, EXPORTERS);

  /** Extensions that keep queues. */
  private static final Set<Declaration> KEEPERS = Set.of(FileStorageConfig.DECLARATION);

  /** Extensions that know who a client is. */
  private static final Set<Declaration> SERVER_AUTHENTICATORS =
      Set.of(BearerTokenAuthConfig.DECLARATION, BasicAuthConfig.DECLARATION);

  /** Extensions that say who we are. */
  private static final Set<Declaration> CLIENT_AUTHENTICATORS =
      Set.of(
          BearerTokenAuthConfig.DECLARATION,
          BasicAuthConfig.DECLARATION,
          HeadersSetterConfig.DECLARATION);

  /** Signals of the Collector that are none here. */
  private static final Set<String> OTHER_SIGNALS = Set.of("logs", "profiles");

  /** A component as it is defined; without what is known of it if that is nothing good. */
  private record Defined(Origin origin, @Nullable Component component) {}

  private final Catalogue catalogue;
  private final Findings findings;
  private final Map<ComponentKind, Map<ComponentId, Defined>> defined =
      new EnumMap<>(ComponentKind.class);
  private final Map<PipelineId, Pipeline> pipelines = new LinkedHashMap<>();

  private ConfigReader(Catalogue catalogue, Findings findings) {
    this.catalogue = catalogue;
    this.findings = findings;
    for (ComponentKind kind : ComponentKind.values()) {
      defined.put(kind, new LinkedHashMap<>());
    }
  }

  private static ValueType<List<Located<String>>> references() {
    return Types.listOf(Types.located(Types.text()));
  }

  /** The keys of {@code service}. */
  public static Section serviceSection() {
    return SERVICE_SECTION;
  }

  /** The keys of each of {@code service::pipelines}. */
  public static Section pipelineSection() {
    return PIPELINE_SECTION;
  }

  /**
   * Reads a configuration.
   *
   * @param findings gets what is odd with it, and may have errors already
   * @throws io.goshawk.config.tree.InvalidConfigException with all that is wrong with it
   */
  public static CollectorConfig read(MapNode root, Catalogue catalogue, Findings findings) {
    CollectorConfig config = new ConfigReader(catalogue, findings).read(root);
    findings.throwIfAny();
    return config;
  }

  private CollectorConfig read(MapNode root) {
    Reading top = Reading.of(findings);
    List<String> keys = new ArrayList<>();
    for (ComponentKind kind : ComponentKind.values()) {
      keys.add(kind.key());
      Entry entry = root.entries().get(kind.key());
      if (entry != null) {
        components(kind, entry.value(), top.member(kind.key()));
      }
    }
    keys.add(SERVICE);
    root.entries()
        .forEach(
            (key, entry) -> {
              if (!keys.contains(key)) {
                top.member(key)
                    .error(
                        entry.keyOrigin(),
                        "is no part of a configuration" + NearestWord.hint(key, keys));
              }
            });
    Node serviceNode = root.get(SERVICE);
    if (serviceNode == null) {
      top.error(root.origin(), "lacks service, which says what runs");
      serviceNode = MapNode.empty(Origin.DEFAULT);
    }
    return service(serviceNode, top.member(SERVICE), root.entries().containsKey(SERVICE));
  }

  // ---- components

  private void components(ComponentKind kind, Node node, Reading at) {
    if (node instanceof ScalarNode scalar && scalar.isNull()) {
      return;
    }
    if (!(node instanceof MapNode map)) {
      at.error(node.origin(), "should be a map with a key for each " + kind);
      return;
    }
    map.entries().forEach((key, entry) -> component(kind, key, entry, at.member(key)));
  }

  private void component(ComponentKind kind, String key, Entry entry, Reading at) {
    Optional<ComponentId> parsed = ComponentId.parse(key);
    if (parsed.isEmpty()) {
      at.error(entry.keyOrigin(), "is no name of a component; write type or type/name");
      return;
    }
    ComponentId id = parsed.get();
    Optional<Declaration> found = catalogue.find(kind, id.type());
    if (found.isEmpty()) {
      at.error(
          entry.keyOrigin(),
          "goshawk has no " + kind + " \"" + id.type() + "\"" + hint(kind, id.type()));
      defined.get(kind).put(id, new Defined(entry.keyOrigin(), null));
      return;
    }
    Declaration declaration = found.get();
    if (!declaration.type().equals(id.type())) {
      at.warning(
          entry.keyOrigin(),
          "\"" + id.type() + "\" is deprecated; write \"" + declaration.type() + "\"");
      id = id.withType(declaration.type());
    }
    if (!catalogue.runs(declaration)) {
      at.error(
          entry.keyOrigin(),
          "goshawk cannot run the " + kind + " \"" + declaration.type() + "\" yet");
    }
    Settings settings = declaration.section().read(entry.value(), at);
    Component component =
        settings == null ? null : new Component(id, declaration, settings, entry.keyOrigin());
    Defined before = defined.get(kind).putIfAbsent(id, new Defined(entry.keyOrigin(), component));
    if (before != null) {
      at.error(
          entry.keyOrigin(),
          "is the same " + kind + " as at " + before.origin() + " under its other name");
    }
  }

  private String hint(ComponentKind kind, String type) {
    List<String> types = new ArrayList<>(catalogue.types(kind));
    return types.isEmpty() ? "" : NearestWord.hint(type, types);
  }

  // ---- service

  private CollectorConfig service(Node node, Reading at, boolean written) {
    Settings service = SERVICE_SECTION.defaults();
    if (written) {
      Settings read = SERVICE_SECTION.read(node, at);
      service = read == null ? service : read;
    }
    List<Component> extensions = new ArrayList<>();
    for (Located<String> reference : service.get(EXTENSIONS)) {
      resolve(reference, "is no extension that is defined", ComponentKind.EXTENSION)
          .ifPresent(extensions::add);
    }
    if (node instanceof MapNode map && map.get(PIPELINES.name()) instanceof MapNode all) {
      Reading inside = at.member(PIPELINES.name());
      if (all.entries().isEmpty()) {
        inside.error(all.origin(), "is empty: nothing would run");
      }
      all.entries().forEach((key, entry) -> pipeline(key, entry, inside.member(key)));
    }
    if (findings.errors().isEmpty()) {
      checkConnectors();
      checkExtensions(extensions);
      checkReceivers(extensions);
      checkOneKernel();
      checkOneFile();
    }
    List<Component> components = new ArrayList<>();
    for (Map<ComponentId, Defined> ofKind : defined.values()) {
      ofKind.values().stream()
          .map(Defined::component)
          .filter(component -> component != null)
          .forEach(components::add);
    }
    return new CollectorConfig(components, extensions, pipelines, service.get(TELEMETRY));
  }

  private void pipeline(String key, Entry entry, Reading at) {
    Optional<PipelineId> id = PipelineId.parse(key);
    if (id.isEmpty()) {
      boolean other =
          ComponentId.parse(key).filter(i -> OTHER_SIGNALS.contains(i.type())).isPresent();
      at.error(
          entry.keyOrigin(),
          other
              ? "goshawk has no pipelines for " + key + ", only for traces and metrics"
              : "is no pipeline; write traces, metrics, or one of them with /NAME");
      return;
    }
    Settings settings = PIPELINE_SECTION.read(entry.value(), at);
    if (settings == null || !settings.says(RECEIVERS) || !settings.says(EXPORTERS)) {
      return;
    }
    for (Key<List<Located<String>>> mandatory : List.of(RECEIVERS, EXPORTERS)) {
      if (settings.get(mandatory).isEmpty()) {
        at.member(mandatory.name()).error(settings.origin(mandatory), "is empty");
      }
    }
    Signal signal = id.get().signal();
    pipelines.put(
        id.get(),
        new Pipeline(
            id.get(),
            members(
                settings.get(RECEIVERS),
                signal,
                false,
                ComponentKind.RECEIVER,
                ComponentKind.CONNECTOR),
            members(settings.get(PROCESSORS), signal, true, ComponentKind.PROCESSOR),
            members(
                settings.get(EXPORTERS),
                signal,
                true,
                ComponentKind.EXPORTER,
                ComponentKind.CONNECTOR)));
  }

  /**
   * The components that a pipeline names.
   *
   * @param takes whether they take the pipeline's signal; else they give it
   */
  private List<Component> members(
      List<Located<String>> references, Signal signal, boolean takes, ComponentKind... kinds) {
    List<Component> members = new ArrayList<>();
    Set<ComponentId> seen = new HashSet<>();
    for (Located<String> reference : references) {
      Optional<Component> found =
          resolve(reference, "is no " + kinds[0] + " that is defined", kinds);
      if (found.isEmpty()) {
        continue;
      }
      Component member = found.get();
      Set<Signal> signals = takes ? member.declaration().takes() : member.declaration().gives();
      if (!signals.contains(signal)) {
        reference.error("\"" + member.id() + "\" " + (takes ? "takes" : "gives") + " no " + signal);
      } else if (!seen.add(member.id())) {
        reference.error("\"" + member.id() + "\" is here a second time");
      } else {
        members.add(member);
      }
    }
    return members;
  }

  /**
   * The component of the first kind that has it; empty if there is none or its settings are bad.
   */
  private Optional<Component> resolve(
      Located<String> reference, String problem, ComponentKind... kinds) {
    List<String> known = new ArrayList<>();
    for (ComponentKind kind : kinds) {
      Optional<ComponentId> id = ComponentId.parse(reference.value()).map(i -> canonical(kind, i));
      Defined found = id.map(defined.get(kind)::get).orElse(null);
      if (found != null) {
        return Optional.ofNullable(found.component());
      }
      defined.get(kind).keySet().forEach(defined -> known.add(defined.toString()));
    }
    reference.error(
        "\""
            + Reading.shortened(reference.value())
            + "\" "
            + problem
            + NearestWord.hint(reference.value(), known));
    return Optional.empty();
  }

  private ComponentId canonical(ComponentKind kind, ComponentId id) {
    return catalogue.find(kind, id.type()).map(found -> id.withType(found.type())).orElse(id);
  }

  // ---- across components

  /** A connector has to be at the end of one pipeline and at the beginning of another. */
  private void checkConnectors() {
    for (Map.Entry<ComponentId, Defined> entry : defined.get(ComponentKind.CONNECTOR).entrySet()) {
      Component connector = entry.getValue().component();
      if (connector == null) {
        continue;
      }
      boolean ends = anyPipeline(pipeline -> pipeline.exporters().contains(connector));
      boolean begins = anyPipeline(pipeline -> pipeline.receivers().contains(connector));
      if (ends != begins) {
        findings.error(
            connector.origin(),
            "connectors::" + connector.id(),
            ends
                ? "is an exporter of a pipeline and a receiver of none"
                : "is a receiver of a pipeline and an exporter of none");
      }
    }
  }

  /** The programs in the kernel are there once, for all pipelines. */
  private void checkOneKernel() {
    List<Component> kernels =
        defined.get(ComponentKind.RECEIVER).values().stream()
            .map(Defined::component)
            .filter(c -> c != null && c.declaration() == GoshawkReceiverConfig.DECLARATION)
            .filter(c -> anyPipeline(pipeline -> pipeline.receivers().contains(c)))
            .toList();
    for (Component another : kernels.subList(Math.min(1, kernels.size()), kernels.size())) {
      findings.error(
          another.origin(),
          "receivers::" + another.id(),
          "is a second receiver of the kernel's; several pipelines can have the same one");
    }
  }

  /** Of each signal an exporter has one of its own, and two cannot write one file. */
  private void checkOneFile() {
    for (Defined exporter : defined.get(ComponentKind.EXPORTER).values()) {
      Component component = exporter.component();
      if (component == null || component.declaration() != FileExporterConfig.DECLARATION) {
        continue;
      }
      long signals =
          pipelines.values().stream()
              .filter(pipeline -> pipeline.exporters().contains(component))
              .map(pipeline -> pipeline.id().signal())
              .distinct()
              .count();
      if (signals > 1) {
        findings.error(
            component.origin(),
            "exporters::" + component.id(),
            "is in pipelines of traces and of metrics; define one with another file for each");
      }
    }
  }

  private boolean anyPipeline(Predicate<Pipeline> predicate) {
    return pipelines.values().stream().anyMatch(predicate);
  }

  /** What keeps an exporter's queue, or proves who it is, has to be started and of such a kind. */
  private void checkExtensions(Collection<Component> started) {
    for (Defined exporter : defined.get(ComponentKind.EXPORTER).values()) {
      Component component = exporter.component();
      if (component == null) {
        continue;
      }
      Settings settings = component.settings();
      List<Key<?>> keys = component.declaration().section().keys();
      if (keys.contains(QueueConfig.SENDING_QUEUE)) {
        checkExtension(
            component,
            settings.get(QueueConfig.SENDING_QUEUE),
            QueueConfig.SENDING_QUEUE.name(),
            QueueConfig.STORAGE,
            KEEPERS,
            started);
      }
      if (keys.contains(ClientAuthConfig.AUTH)) {
        settings
            .find(ClientAuthConfig.AUTH)
            .ifPresent(
                auth ->
                    checkExtension(
                        component,
                        auth,
                        ClientAuthConfig.AUTH.name(),
                        ClientAuthConfig.AUTHENTICATOR,
                        CLIENT_AUTHENTICATORS,
                        started));
      }
    }
  }

  /** Who may send to a receiver is known to an extension, too. */
  private void checkReceivers(Collection<Component> started) {
    for (Defined receiver : defined.get(ComponentKind.RECEIVER).values()) {
      Component component = receiver.component();
      if (component == null
          || !component.declaration().section().keys().contains(OtlpReceiverConfig.PROTOCOLS)) {
        continue;
      }
      Settings protocols = component.settings().get(OtlpReceiverConfig.PROTOCOLS);
      for (Key<Settings> protocol :
          List.of(OtlpReceiverConfig.Protocols.GRPC, OtlpReceiverConfig.Protocols.HTTP)) {
        protocols
            .find(protocol)
            .flatMap(settings -> settings.find(ServerAuthConfig.AUTH))
            .ifPresent(
                auth ->
                    checkExtension(
                        component,
                        auth,
                        "protocols::" + protocol.name() + "::" + ServerAuthConfig.AUTH.name(),
                        ServerAuthConfig.AUTHENTICATOR,
                        SERVER_AUTHENTICATORS,
                        started));
      }
    }
  }

  private void checkExtension(
      Component user,
      Settings settings,
      String section,
      Key<String> key,
      Set<Declaration> kinds,
      Collection<Component> started) {
    Optional<String> named = settings.find(key);
    if (named.isEmpty()) {
      return;
    }
    Optional<Component> extension =
        started.stream().filter(e -> e.id().toString().equals(named.get())).findFirst();
    if (extension.filter(e -> kinds.contains(e.declaration())).isPresent()) {
      return;
    }
    findings.error(
        settings.origin(key),
        user.kind().key() + "::" + user.id() + "::" + section + "::" + key.name(),
        "\""
            + Reading.shortened(named.get())
            + (extension.isPresent()
                ? "\" is an extension of another kind; this takes "
                    + kinds.stream().map(Declaration::type).sorted().collect(joining(" or "))
                : "\" is no extension that service::extensions starts"));
  }
}
