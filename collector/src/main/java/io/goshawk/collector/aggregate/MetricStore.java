// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.aggregate;

import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedResource;
import io.goshawk.collector.telemetry.EncodedScope;
import io.goshawk.collector.telemetry.MetricWriter;
import io.goshawk.spans.otlp.ProtoBuffer;
import io.opentelemetry.sdk.resources.Resource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Series, by resource, instrument and labels, within bounds whatever comes: each metric of a
 * resource has so many, there are so many resources, and all of them take so much memory. What
 * there is no room for goes into one series that says so, {@code otel.metric.overflow}: of its
 * resource where that has too many, of none where there are too many resources, or no memory.
 *
 * <p>Confined to one thread at a time.
 */
public final class MetricStore implements Recorder {
  /** More of one metric are in several messages, so that requests can be cut between them. */
  private static final int MOST_POINTS = 1_000;

  private static final int BATCH_BYTES = 256 * 1024;

  /**
   * How a store behaves.
   *
   * @param scope under which its metrics are sent
   * @param delta whether values count from the last time they were collected
   * @param maxSeries of one metric and resource; 0 for as many as memory takes
   * @param maxResources of all
   * @param maxBytes of all, about
   * @param expirationNanos how long a series is kept in which nothing is measured; 0 for ever
   * @param maxExemplars of one series, between two collections
   */
  public record Limits(
      EncodedScope scope,
      boolean delta,
      long maxSeries,
      int maxResources,
      long maxBytes,
      long expirationNanos,
      int maxExemplars) {}

  private static final class OfInstrument {
    final Map<Labels, Series> series = new LinkedHashMap<>();
  }

  private static final class OfResource {
    final EncodedResource resource;
    final Map<Instrument, OfInstrument> instruments = new LinkedHashMap<>();
    final long bytes;

    OfResource(EncodedResource resource) {
      this.resource = resource;
      // As it is, and decoded as whoever has asked for an attribute left it.
      bytes = 5L * resource.message().length + resource.beside().length + 200;
    }
  }

  private final Limits limits;
  private final LongSupplier nanoClock;
  private final LongSupplier epochClock;
  private final Map<EncodedResource, OfResource> resources = new LinkedHashMap<>();
  private final OfResource homeless = new OfResource(EncodedResource.of(Resource.empty()));
  private final ProtoBuffer out = new ProtoBuffer();
  private long bytes;
  private long deltaStartEpochNanos;
  private volatile int seriesCount;
  private volatile long overflowed;

  /**
   * An empty one.
   *
   * @param nanoClock see {@link System#nanoTime()}
   * @param epochClock nanoseconds since 1970
   */
  public MetricStore(Limits limits, LongSupplier nanoClock, LongSupplier epochClock) {
    this.limits = limits;
    this.nanoClock = nanoClock;
    this.epochClock = epochClock;
    deltaStartEpochNanos = epochClock.getAsLong();
  }

  @Override
  public void record(
      EncodedResource resource,
      Instrument instrument,
      Labels labels,
      double value,
      long times,
      @Nullable Exemplar exemplar) {
    OfResource home = resources.get(resource);
    Series series = home == null ? null : find(home, instrument, labels);
    if (series == null) {
      series = make(resource, home, instrument, labels);
    }
    series.record(value, times, exemplar, nanoClock.getAsLong());
  }

  private static @Nullable Series find(OfResource home, Instrument instrument, Labels labels) {
    OfInstrument metric = home.instruments.get(instrument);
    return metric == null ? null : metric.series.get(labels);
  }

  private Series make(
      EncodedResource resource, @Nullable OfResource known, Instrument instrument, Labels labels) {
    OfResource home = known == null ? new OfResource(resource) : known;
    long homeBytes = known == null ? home.bytes : 0;
    Series fresh = fresh(instrument, labels);
    if (known == null && resources.size() >= limits.maxResources()
        || bytes + homeBytes + fresh.maxBytes() > limits.maxBytes()) {
      overflowed++;
      return overflow(homeless, instrument);
    }
    OfInstrument metric = home.instruments.computeIfAbsent(instrument, i -> new OfInstrument());
    if (limits.maxSeries() > 0 && metric.series.size() >= limits.maxSeries()) {
      overflowed++;
      return overflow(home, instrument);
    }
    if (known == null) {
      resources.put(resource, home);
      bytes += homeBytes;
    }
    metric.series.put(labels, fresh);
    bytes += fresh.maxBytes();
    seriesCount++;
    return fresh;
  }

  /** Beyond all limits, and not more than one of an instrument and resource. */
  private Series overflow(OfResource home, Instrument instrument) {
    Map<Labels, Series> series =
        home.instruments.computeIfAbsent(instrument, i -> new OfInstrument()).series;
    Series there = series.get(Labels.OVERFLOW);
    if (there == null) {
      there = fresh(instrument, Labels.OVERFLOW);
      series.put(Labels.OVERFLOW, there);
      bytes += there.maxBytes();
      seriesCount++;
    }
    return there;
  }

  private Series fresh(Instrument instrument, Labels labels) {
    return Series.of(
        instrument.shape(),
        labels,
        limits.maxExemplars(),
        limits.delta() ? deltaStartEpochNanos : epochClock.getAsLong());
  }

  /** How many series there are. From any thread. */
  public long seriesCount() {
    return seriesCount;
  }

  /** How many measurements there was no room for, so that they went together. From any thread. */
  public long overflowed() {
    return overflowed;
  }

  /**
   * All series as metrics, in batches of moderate size. What has expired is forgotten before; where
   * values count from the last time, everything is afterwards.
   */
  public List<EncodedBatch> collect() {
    long now = epochClock.getAsLong();
    expire();
    Batches batches = new Batches();
    resources.values().forEach(home -> write(home, now, batches));
    write(homeless, now, batches);
    if (limits.delta()) {
      resources.clear();
      homeless.instruments.clear();
      bytes = 0;
      seriesCount = 0;
      deltaStartEpochNanos = now;
    }
    return batches.finished();
  }

  private void expire() {
    if (limits.expirationNanos() == 0) {
      return;
    }
    long now = nanoClock.getAsLong();
    resources
        .values()
        .removeIf(
            home -> {
              expire(home, now);
              boolean empty = home.instruments.isEmpty();
              bytes -= empty ? home.bytes : 0;
              return empty;
            });
    expire(homeless, now);
  }

  private void expire(OfResource home, long now) {
    for (OfInstrument metric : home.instruments.values()) {
      metric
          .series
          .values()
          .removeIf(
              series -> {
                boolean old = now - series.lastNanos() >= limits.expirationNanos();
                if (old) {
                  bytes -= series.maxBytes();
                  seriesCount--;
                }
                return old;
              });
    }
    home.instruments.values().removeIf(metric -> metric.series.isEmpty());
  }

  private void write(OfResource home, long now, Batches batches) {
    home.instruments.forEach(
        (instrument, metric) -> {
          List<Series> all = new ArrayList<>(metric.series.values());
          for (int from = 0; from < all.size(); from += MOST_POINTS) {
            List<Series> part = all.subList(from, Math.min(all.size(), from + MOST_POINTS));
            byte[] field = field(instrument, part, now);
            batches.add(
                new EncodedBatch.Group(
                    home.resource, limits.scope(), field, 0, field.length, part.size()));
            part.forEach(Series::clearExemplars);
          }
        });
  }

  private byte[] field(Instrument instrument, List<Series> series, long now) {
    return MetricWriter.field(
        out,
        instrument.name(),
        instrument.description(),
        instrument.unit(),
        series.get(0).kind(),
        limits.delta(),
        to -> {
          for (int i = series.size() - 1; i >= 0; i--) {
            series.get(i).writePoint(to, now);
          }
        });
  }

  /** Groups that become batches. */
  private static final class Batches {
    private final List<EncodedBatch> finished = new ArrayList<>();
    private List<EncodedBatch.Group> open = new ArrayList<>();
    private long openBytes;

    void add(EncodedBatch.Group group) {
      open.add(group);
      openBytes += group.to() - group.from();
      if (openBytes >= BATCH_BYTES) {
        close();
      }
    }

    private void close() {
      if (!open.isEmpty()) {
        finished.add(EncodedBatch.ofMetrics(open));
      }
      open = new ArrayList<>();
      openBytes = 0;
    }

    List<EncodedBatch> finished() {
      close();
      return finished;
    }
  }
}
