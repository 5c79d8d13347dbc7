// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.prometheus;

import io.goshawk.collector.prometheus.PrometheusText.Type;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/**
 * What all series were at one moment, as text that is made part by part: all of it at once may be
 * several times what the series take, and more than there is room for. Confined to one thread.
 */
final class Scrape implements Iterator<String> {

  /** A part ends with the series that makes it as long. */
  private static final int PART_CHARS = 16 * 1024;

  private record Series(List<String> labels, Scraped scraped) {}

  private record Family(String name, Type type, String help, List<Series> series) {}

  private final PrometheusText text;
  private final boolean timestamps;
  private final Map<String, Family> families = new LinkedHashMap<>();
  private Iterator<Family> nextFamily = List.<Family>of().iterator();
  private Family family = new Family("", Type.GAUGE, "", List.of());
  private int nextSeries;
  private boolean begun;
  private boolean ended;

  /**
   * Nothing to show yet.
   *
   * @param text knows the format
   * @param timestamps whether each line has its time
   */
  Scrape(PrometheusText text, boolean timestamps) {
    this.text = text;
    this.timestamps = timestamps;
  }

  /**
   * Adds a series, before the first part is asked for. Those of one name stand together; of which
   * type they are is said by the first.
   */
  void add(String fullName, Type type, String help, List<String> labels, Scraped scraped) {
    families
        .computeIfAbsent(fullName, name -> new Family(name, type, help, new ArrayList<>()))
        .series()
        .add(new Series(labels, scraped));
  }

  @Override
  public boolean hasNext() {
    return !ended;
  }

  @Override
  public String next() {
    if (ended) {
      throw new NoSuchElementException();
    }
    if (!begun) {
      begun = true;
      nextFamily = families.values().iterator();
    }
    StringBuilder part = new StringBuilder(PART_CHARS + 1024);
    while (part.length() < PART_CHARS) {
      if (nextSeries < family.series().size()) {
        Series series = family.series().get(nextSeries++);
        series
            .scraped()
            .write(text, part, family.name(), family.type(), series.labels(), timestamps);
      } else if (nextFamily.hasNext()) {
        family = nextFamily.next();
        nextSeries = 0;
        text.head(part, family.name(), family.type(), family.help());
      } else {
        ended = true;
        return part.append(text.end()).toString();
      }
    }
    return part.toString();
  }
}
