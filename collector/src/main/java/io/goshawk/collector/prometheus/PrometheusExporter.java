// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.prometheus;

import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Exporter;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.log.LogLimit;
import io.goshawk.collector.net.PageServer;
import io.goshawk.collector.net.PageServer.Page;
import io.goshawk.collector.prometheus.PrometheusText.Type;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedResource;
import io.goshawk.collector.telemetry.EncodedScope;
import io.goshawk.collector.telemetry.Metric;
import io.goshawk.collector.telemetry.MetricKind;
import io.goshawk.collector.tls.ServerTls;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.PrometheusExporterConfig;
import io.goshawk.config.component.PrometheusExporterConfig.ResourceToTelemetry;
import io.goshawk.config.schema.Settings;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.opentelemetry.api.common.KeyValue;
import io.opentelemetry.api.common.Value;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The exporter {@code prometheus}: keeps the last value of each series and shows all of them to who
 * scrapes {@code /metrics}. Names and labels are made as OpenTelemetry's "Prometheus and
 * OpenMetrics Compatibility" says; {@code job} and {@code instance} are the resource's service and
 * instance, and {@code target_info} has its other attributes.
 *
 * <p>Bounded in bytes, whatever comes. A lock lets in one batch or one scrape at a time.
 */
public final class PrometheusExporter implements Exporter {
  private static final Logger LOGGER = Logger.getLogger("io.goshawk.prometheus");

  /** Of the Java heap, for what waits to be scraped. */
  private static final int SHARE_OF_HEAP = 8;

  private static final int SERIES_BYTES = 400;

  /** While there is no memory, old series are not looked for more often. */
  private static final long EXPIRE_AT_MOST_NANOS = 1_000_000_000;

  /** Of what is there; it has no time. */
  private static final Scraped ONE = new Scraped(new Metric.Number(1), 0, List.of());

  static final String NO_MEMORY = "no memory for more series";
  static final String OTHER_TYPE = "of another type than others of its name";

  private static final Map<String, String> UNITS =
      Map.ofEntries(
          Map.entry("ns", "nanoseconds"),
          Map.entry("us", "microseconds"),
          Map.entry("ms", "milliseconds"),
          Map.entry("s", "seconds"),
          Map.entry("min", "minutes"),
          Map.entry("h", "hours"),
          Map.entry("d", "days"),
          Map.entry("By", "bytes"),
          Map.entry("KiBy", "kibibytes"),
          Map.entry("MiBy", "mebibytes"),
          Map.entry("GiBy", "gibibytes"),
          Map.entry("TiBy", "tibibytes"),
          Map.entry("kBy", "kilobytes"),
          Map.entry("KBy", "kilobytes"),
          Map.entry("MBy", "megabytes"),
          Map.entry("GBy", "gigabytes"),
          Map.entry("TBy", "terabytes"),
          Map.entry("m", "meters"),
          Map.entry("g", "grams"),
          Map.entry("%", "percent"),
          Map.entry("Hz", "hertz"),
          Map.entry("V", "volts"),
          Map.entry("A", "amperes"),
          Map.entry("J", "joules"),
          Map.entry("W", "watts"),
          Map.entry("Cel", "celsius"));

  /** What stands behind a slash. */
  private static final Map<String, String> PER_UNITS =
      Map.of(
          "s", "second", "m", "minute", "h", "hour", "d", "day", "w", "week", "mo", "month", "y",
          "year");

  private static final String TARGET_INFO = "target_info";

  /** Labels that the samples of a type have besides. */
  private static final Map<Type, String> OWN_LABELS =
      Map.of(Type.HISTOGRAM, "le", Type.SUMMARY, "quantile");

  /** What metrics of one name are. */
  private record Head(Type type, String name, Optional<String> unit, String help) {}

  /** The series of one name, as it is shown, by their labels. */
  private static final class Family {
    final String name;
    final Head head;
    final long bytes;
    final Map<List<String>, Kept> series = new LinkedHashMap<>();

    Family(String name, Head head) {
      this.name = name;
      this.head = head;
      bytes = SERIES_BYTES + name.length() + head.name().length() + head.help().length();
    }
  }

  private record Kept(Scraped scraped, long seenNanos, long bytes) {}

  /**
   * What is said of a source.
   *
   * @param target its job and instance
   * @param labels of its series
   * @param info of its target_info; empty if there is nothing more to say than the target
   */
  private record Source(List<String> target, List<String> labels, List<String> info) {}

  private record Target(List<String> info, long seenNanos, long bytes) {}

  private static final String FAILED = "could not be read";

  private final ComponentContext context;
  private final Settings settings;
  private final String namespace;
  private final PrometheusText names;
  private final boolean resourceLabels;
  private final long expirationNanos;
  private final long maxBytes;
  private final LogLimit dropped = new LogLimit();
  private final Map<String, Family> families = new LinkedHashMap<>();
  private final Map<List<String>, Target> targets = new LinkedHashMap<>();
  private long bytes;
  private long expiredNanos;

  /** Points of the batch at hand that were kept or dropped. */
  private int settled;

  private @Nullable PageServer server;

  public PrometheusExporter(ComponentContext context, Settings settings) {
    this(context, settings, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
  }

  /**
   * @param maxBytes of all series together, about
   */
  PrometheusExporter(ComponentContext context, Settings settings, long maxBytes) {
    this.context = context;
    this.settings = settings;
    this.maxBytes = maxBytes;
    String prefix = settings.find(PrometheusExporterConfig.NAMESPACE).orElse("");
    namespace = prefix.isEmpty() ? "" : prefix + "_";
    boolean suffixes = settings.get(PrometheusExporterConfig.ADD_METRIC_SUFFIXES);
    names = new PrometheusText(suffixes, suffixes);
    resourceLabels =
        settings
            .get(PrometheusExporterConfig.RESOURCE_TO_TELEMETRY_CONVERSION)
            .get(ResourceToTelemetry.ENABLED);
    expirationNanos = settings.get(PrometheusExporterConfig.METRIC_EXPIRATION).toNanos();
  }

  @Override
  public void start() throws StartException {
    server =
        PageServer.open(
            "prometheus",
            settings.get(PrometheusExporterConfig.ENDPOINT),
            context.path(ComponentKind.EXPORTER, PrometheusExporterConfig.ENDPOINT),
            tls(),
            Map.of("/metrics", this::page));
  }

  private Optional<SslContext> tls() throws StartException {
    Optional<SslContextBuilder> builder =
        ServerTls.of(settings.find(PrometheusExporterConfig.TLS), context.nanoClock());
    if (builder.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(builder.get().sslProvider(SslProvider.JDK).build());
    } catch (SSLException e) {
      throw new StartException(context.id() + ": TLS: " + e.getMessage(), e);
    }
  }

  /** Where it answers, once it has started. */
  int port() {
    PageServer running = server;
    return running == null ? -1 : running.port();
  }

  @Override
  public void stop(Duration limit) {
    if (server != null) {
      server.close();
    }
  }

  // ---- what comes

  @Override
  public synchronized void accept(EncodedBatch batch) {
    context.account().received(batch.size());
    long now = context.nanoClock().getAsLong();
    Map<EncodedResource, Source> sources = new LinkedHashMap<>();
    settled = 0;
    try {
      batch.forEachMessage(
          (group, from, to) ->
              keep(
                  Metric.read(group.bytes(), from, to),
                  sources.computeIfAbsent(group.resource(), this::source),
                  group.scope(),
                  now));
    } catch (RuntimeException | Error e) {
      // What others have sent may take more memory than there is, when it is looked at.
      drop(FAILED, batch.size() - settled, String.valueOf(e), now);
    } finally {
      batch.release();
    }
  }

  private void kept() {
    settled++;
    context.account().passedOn(1);
  }

  private void keep(Metric metric, Source source, EncodedScope scope, long now) {
    MetricKind kind = metric.kind();
    if (kind == null) {
      return;
    }
    Head head = head(metric, kind);
    String name = names.fullName(head.type(), head.name(), head.unit());
    Family family = families.get(name);
    if (name.equals(TARGET_INFO) || family != null && family.head.type() != head.type()) {
      drop(OTHER_TYPE, metric.points().size(), name, now);
      return;
    }
    Family home = family == null ? new Family(name, head) : family;
    for (Metric.Point point : metric.points()) {
      keep(point, metric.delta(), home, source, scope, now);
    }
  }

  private void keep(
      Metric.Point point,
      boolean delta,
      Family family,
      Source source,
      EncodedScope scope,
      long now) {
    List<String> labels = labels(point, family.head.type(), source, scope);
    Kept before = family.series.get(labels);
    if (point.noValue()) {
      remove(family, labels, before);
      kept();
      return;
    }
    Scraped came = Scraped.of(point);
    Scraped next = before != null && delta ? before.scraped().plus(came) : came;
    long size = size(labels, next);
    long grown = size - (before == null ? 0 : before.bytes());
    grown += families.containsKey(family.name) ? 0 : family.bytes;
    if (!hasRoom(grown, now)) {
      drop(NO_MEMORY, 1, family.name, now);
      return;
    }
    bytes += grown;
    families.put(family.name, family);
    family.series.put(labels, new Kept(next, now, size));
    target(source, now);
    kept();
  }

  private boolean hasRoom(long more, long now) {
    if (bytes + more > maxBytes && now - expiredNanos >= EXPIRE_AT_MOST_NANOS) {
      expire(now);
    }
    return bytes + more <= maxBytes;
  }

  /** Of each target there is one, whatever it says of itself. */
  private void target(Source source, long now) {
    if (source.target().isEmpty() || source.info().isEmpty()) {
      return;
    }
    Target before = targets.get(source.target());
    long size = SERIES_BYTES + characters(source.info());
    long grown = size - (before == null ? 0 : before.bytes());
    if (hasRoom(grown, now)) {
      bytes += grown;
      targets.put(source.target(), new Target(source.info(), now, size));
    }
  }

  private static long characters(List<String> texts) {
    long all = 0;
    for (String text : texts) {
      all += 48 + text.length();
    }
    return all;
  }

  private void remove(Family family, List<String> labels, @Nullable Kept kept) {
    if (kept != null) {
      family.series.remove(labels);
      bytes -= kept.bytes();
    }
  }

  private void drop(String reason, int points, String name, long now) {
    settled += points;
    context.account().dropped(reason, points);
    if (dropped.due(now, points)) {
      LOGGER.log(
          Level.WARNING,
          "{0}: dropped {1}, the last of {2}: {3}",
          new Object[] {context.id(), dropped.amount(points, "data point"), name, reason});
    }
  }

  private static long size(List<String> labels, Scraped scraped) {
    long size = SERIES_BYTES + characters(labels);
    if (scraped.value() instanceof Metric.Buckets buckets) {
      size += (long) Long.BYTES * (buckets.bounds().length + buckets.counts().length);
    }
    return size + 200L * scraped.exemplars().size();
  }

  private Head head(Metric metric, MetricKind kind) {
    Type type =
        switch (kind) {
          case GAUGE -> Type.GAUGE;
          case SUM -> metric.monotonic() ? Type.COUNTER : Type.GAUGE;
          case HISTOGRAM, EXPONENTIAL_HISTOGRAM -> Type.HISTOGRAM;
          case SUMMARY -> Type.SUMMARY;
        };
    Optional<String> unit =
        metric.unit().equals("1")
            ? (type == Type.GAUGE ? Optional.of("ratio") : Optional.empty())
            : unit(metric.unit());
    return new Head(
        type, PrometheusText.metricName(namespace + metric.name()), unit, metric.description());
  }

  /** As Prometheus writes it out; things that are counted, such as {@code {call}}, have none. */
  private static Optional<String> unit(String unit) {
    String without = unit.replaceAll("\\{[^}]*\\}", "");
    if (without.isEmpty()) {
      return Optional.empty();
    }
    int slash = without.indexOf('/');
    String first = slash < 0 ? without : without.substring(0, slash);
    String second = slash < 0 ? "" : without.substring(slash + 1);
    String named = UNITS.getOrDefault(first, first);
    if (!second.isEmpty()) {
      named += PrometheusText.PER + PER_UNITS.getOrDefault(second, second);
    }
    String name = named.replaceAll("[^a-zA-Z0-9]+", "_").replaceAll("^_|_$", "");
    return name.isEmpty() ? Optional.empty() : Optional.of(name);
  }

  private Source source(EncodedResource resource) {
    Map<String, String> labels = new LinkedHashMap<>();
    Value<?> service = resource.attribute("service.name");
    if (service != null) {
      Value<?> group = resource.attribute("service.namespace");
      labels.put(
          "job", group == null ? service.asString() : group.asString() + "/" + service.asString());
    }
    Value<?> instance = resource.attribute("service.instance.id");
    if (instance != null) {
      labels.put("instance", instance.asString());
    }
    Map<String, String> info = new TreeMap<>();
    Map<String, String> attributes = new TreeMap<>();
    for (String key : resource.attributes().keys()) {
      String value = text(resource.attribute(key));
      put(attributes, key, value);
      if (!List.of("service.name", "service.namespace", "service.instance.id").contains(key)) {
        put(info, key, value);
      }
    }
    List<String> shown = new ArrayList<>(flat(labels));
    List<String> target = new ArrayList<>(flat(labels));
    target.addAll(flat(info));
    if (resourceLabels) {
      attributes.keySet().removeAll(labels.keySet());
      shown.addAll(flat(attributes));
    }
    return new Source(List.copyOf(flat(labels)), shown, info.isEmpty() ? List.of() : target);
  }

  private static String text(@Nullable Value<?> value) {
    return value == null ? "" : value.asString();
  }

  private static List<String> flat(Map<String, String> labels) {
    List<String> flat = new ArrayList<>();
    labels.forEach(
        (name, value) -> {
          flat.add(name);
          flat.add(value);
        });
    return flat;
  }

  /** Two keys may have one name here; both values are in it then. */
  private static void put(Map<String, String> labels, String key, String value) {
    labels.merge(PrometheusText.labelName(key), value, (a, b) -> a + ";" + b);
  }

  private List<String> labels(Metric.Point point, Type type, Source source, EncodedScope scope) {
    Map<String, String> own = new TreeMap<>();
    for (KeyValue attribute : point.attributes()) {
      put(own, attribute.getKey(), attribute.getValue().asString());
    }
    // A label that is there twice would cost Prometheus all of the page.
    String reserved = OWN_LABELS.get(type);
    String taken = reserved == null ? null : own.remove(reserved);
    if (taken != null) {
      own.put("exported_" + reserved, taken);
    }
    if (!scope.name().isEmpty()) {
      own.put("otel_scope_name", scope.name());
    }
    if (!scope.version().isEmpty()) {
      own.put("otel_scope_version", scope.version());
    }
    settings
        .find(PrometheusExporterConfig.CONST_LABELS)
        .ifPresent(
            labels ->
                labels.forEach((name, value) -> own.put(PrometheusText.labelName(name), value)));
    for (int i = 0; i < source.labels().size(); i += 2) {
      own.putIfAbsent(source.labels().get(i), source.labels().get(i + 1));
    }
    return List.copyOf(flat(own));
  }

  // ---- what is shown

  private synchronized Page page(String accepts) {
    expire(context.nanoClock().getAsLong());
    boolean openMetrics =
        settings.get(PrometheusExporterConfig.ENABLE_OPEN_METRICS)
            && accepts.contains("application/openmetrics-text");
    boolean suffixes = settings.get(PrometheusExporterConfig.ADD_METRIC_SUFFIXES);
    PrometheusText text = new PrometheusText(suffixes, suffixes, openMetrics);
    Scrape scrape = new Scrape(text, settings.get(PrometheusExporterConfig.SEND_TIMESTAMPS));
    for (Target target : targets.values()) {
      scrape.add(TARGET_INFO, Type.GAUGE, "What sends metrics.", target.info(), ONE);
    }
    for (Family family : families.values()) {
      Head head = family.head;
      String name = text.fullName(head.type(), head.name(), head.unit());
      family.series.forEach(
          (labels, kept) -> scrape.add(name, head.type(), head.help(), labels, kept.scraped()));
    }
    return Page.ofParts(
        openMetrics ? PrometheusText.OPEN_METRICS_CONTENT_TYPE : PrometheusText.CONTENT_TYPE,
        scrape);
  }

  private void expire(long now) {
    expiredNanos = now;
    for (Family family : families.values()) {
      family
          .series
          .values()
          .removeIf(
              kept -> {
                boolean old = now - kept.seenNanos() >= expirationNanos;
                bytes -= old ? kept.bytes() : 0;
                return old;
              });
    }
    families
        .values()
        .removeIf(
            family -> {
              boolean empty = family.series.isEmpty();
              bytes -= empty ? family.bytes : 0;
              return empty;
            });
    targets
        .values()
        .removeIf(
            target -> {
              boolean old = now - target.seenNanos() >= expirationNanos;
              bytes -= old ? target.bytes() : 0;
              return old;
            });
  }
}
