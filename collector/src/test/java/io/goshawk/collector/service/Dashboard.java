// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.service;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Grafana dashboard, whose queries are compared with what a scrape has. */
final class Dashboard {
  private static final Pattern SERIES = Pattern.compile("^([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? \\S+$");
  private static final Pattern LABEL = Pattern.compile("([a-zA-Z_]\\w*)=~?\"");
  private static final Pattern METRIC = Pattern.compile("[a-z_]\\w*_\\w+(?=[{\\[)]|$)");
  private static final Pattern BY = Pattern.compile("by \\(([^)]*)\\)");

  private Dashboard() {}

  /** What its queries ask for and the scrape has not. */
  static List<String> problems(Path file, String scrape) throws IOException {
    Map<String, Set<String>> exposed = new HashMap<>();
    for (String line : scrape.split("\n")) {
      Matcher series = SERIES.matcher(line);
      if (!line.startsWith("#") && series.matches()) {
        Set<String> labels = exposed.computeIfAbsent(series.group(1), name -> new HashSet<>());
        Matcher label = LABEL.matcher(series.group(2) == null ? "" : series.group(2));
        while (label.find()) {
          labels.add(label.group(1));
        }
      }
    }
    List<String> problems = new ArrayList<>();
    JsonObject dashboard = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    for (JsonElement panel : dashboard.getAsJsonArray("panels")) {
      for (JsonElement target : panel.getAsJsonObject().getAsJsonArray("targets")) {
        check(target.getAsJsonObject().get("expr").getAsString(), exposed, problems);
      }
    }
    return problems;
  }

  private static void check(
      String expression, Map<String, Set<String>> exposed, List<String> problems) {
    // Labels that are grouped by look like metrics.
    String queries = BY.matcher(expression).replaceAll("");
    Matcher metric = METRIC.matcher(queries);
    Set<String> labels = new HashSet<>();
    int metrics = 0;
    while (metric.find()) {
      if (metric.group().equals("histogram_quantile")) {
        continue;
      }
      metrics++;
      Set<String> there = exposed.get(metric.group());
      if (there == null) {
        problems.add("no metric " + metric.group() + " in " + expression);
      } else {
        labels.addAll(there);
      }
    }
    if (metrics == 0) {
      problems.add("no metric at all in " + expression);
    }
    Set<String> asked = new HashSet<>();
    Matcher by = BY.matcher(expression);
    while (by.find()) {
      asked.addAll(List.of(by.group(1).split(", ")));
    }
    Matcher selected = LABEL.matcher(expression);
    while (selected.find()) {
      asked.add(selected.group(1));
    }
    asked.removeAll(labels);
    asked.forEach(label -> problems.add("no label " + label + " in " + expression));
  }
}
