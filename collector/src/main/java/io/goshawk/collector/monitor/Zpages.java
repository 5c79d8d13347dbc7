// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.monitor;

import io.goshawk.collector.agent.TracedProcess;
import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.ledger.LedgerSnapshot;
import io.goshawk.collector.ledger.Measure;
import io.goshawk.collector.ledger.ProbeCost;
import io.goshawk.collector.ledger.TrapPrice;
import io.goshawk.collector.net.PageServer;
import io.goshawk.collector.net.PageServer.Page;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.CollectorConfig.Pipeline;
import io.goshawk.config.component.ComponentKind;
import io.goshawk.config.component.ZpagesConfig;
import io.goshawk.config.schema.Settings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The extension {@code zpages}: what runs and what it has counted, for people, under the paths of
 * the Collector's pages, and {@code /debug/targetz} besides. Whatever is shown was somebody else's
 * text and is escaped.
 */
public final class Zpages implements Extension {
  private static final String STYLE =
      "body{font:14px sans-serif;margin:2em}table{border-collapse:collapse;margin:1em 0}"
          + "td,th{padding:.2em .8em;text-align:left;border-bottom:1px solid #ccc}"
          + "td.n{text-align:right;font-variant-numeric:tabular-nums}";

  /** What the pages show. Its methods are called on the pages' thread. */
  public interface View {

    /** What was configured. */
    CollectorConfig config();

    /** What was counted until now. */
    LedgerSnapshot ledger();

    /** Each process that is traced. */
    List<TracedProcess> processes();

    /** Of Goshawk. */
    String version();
  }

  private final ComponentContext context;
  private final Settings settings;
  private final View view;
  private final long startNanos;
  private @Nullable PageServer server;

  public Zpages(ComponentContext context, Settings settings, View view) {
    this.context = context;
    this.settings = settings;
    this.view = view;
    startNanos = context.nanoClock().getAsLong();
  }

  @Override
  public void start() throws StartException {
    Map<String, PageServer.Maker> pages = new LinkedHashMap<>();
    pages.put("/debug/servicez", accepts -> service());
    pages.put("/debug/pipelinez", accepts -> pipelines());
    pages.put("/debug/extensionz", accepts -> extensions());
    pages.put("/debug/targetz", accepts -> targets());
    server =
        PageServer.open(
            "zpages",
            settings.get(ZpagesConfig.ENDPOINT),
            context.path(ComponentKind.EXTENSION, ZpagesConfig.ENDPOINT),
            Optional.empty(),
            pages);
  }

  private Page service() {
    Html html = new Html("service");
    Duration up = Duration.ofNanos(context.nanoClock().getAsLong() - startNanos);
    html.begin("", "");
    html.row("version", view.version());
    html.row("up for", up.toSeconds() + " s");
    html.row("process", Long.toString(ProcessHandle.current().pid()));
    html.end();
    html.link("/debug/pipelinez", "pipelines");
    html.link("/debug/extensionz", "extensions");
    html.link("/debug/targetz", "targets");
    return html.page();
  }

  private Page pipelines() {
    Html html = new Html("pipelines");
    html.begin("pipeline", "receivers", "processors", "exporters");
    for (Pipeline pipeline : view.config().pipelines().values()) {
      html.row(
          pipeline.id().toString(),
          ids(pipeline.receivers()),
          ids(pipeline.processors()),
          ids(pipeline.exporters()));
    }
    html.end();
    html.begin("of", "what", "spans");
    for (Measure measure : view.ledger().measures()) {
      if (measure.count() != 0) {
        html.row(measure.name(), measure.label(), "%,d".formatted(measure.count()));
      }
    }
    html.end();
    view.ledger().check().ifPresent(wrong -> html.text("does not add up: " + wrong));
    return html.page();
  }

  private static String ids(List<Component> components) {
    return components.stream().map(c -> c.id().toString()).collect(Collectors.joining(", "));
  }

  private Page extensions() {
    Html html = new Html("extensions");
    html.begin("extension");
    view.config().extensions().forEach(extension -> html.row(extension.id().toString()));
    html.end();
    return html.page();
  }

  private Page targets() {
    Html html = new Html("targets");
    html.begin("process", "service", "executable");
    for (TracedProcess process : view.processes()) {
      html.row(Integer.toString(process.pid()), process.service(), process.executable());
    }
    html.end();
    html.begin("executable", "row", "hits", "ms of CPU time");
    for (ProbeCost cost : view.ledger().costs()) {
      html.row(
          cost.binary(),
          cost.row(),
          "%,d".formatted(cost.hits()),
          "%,d".formatted(cost.nanos() / 1_000_000));
    }
    html.end();
    html.begin("instruction with a probe", "ns of a trap", "that is");
    for (TrapPrice trap : view.ledger().traps()) {
      html.row(trap.kind(), "%,d".formatted(Math.round(trap.nanos())), trap.basis());
    }
    html.end();
    html.text("What probes cost is an estimate. goshawk inspect EXECUTABLE shows them.");
    return html.page();
  }

  /** A page that is being written. */
  private static final class Html {
    private final StringBuilder text = new StringBuilder();

    Html(String title) {
      text.append("<!doctype html><html lang=\"en\"><title>goshawk: ")
          .append(title)
          .append("</title><style>")
          .append(STYLE)
          .append("</style><h1>")
          .append(title)
          .append("</h1>\n");
    }

    void begin(String... headings) {
      text.append("<table><tr>");
      for (String heading : headings) {
        text.append("<th>").append(escaped(heading)).append("</th>");
      }
      text.append("</tr>\n");
    }

    void row(String... cells) {
      text.append("<tr>");
      for (String cell : cells) {
        boolean number = cell.matches("[0-9,]+");
        text.append(number ? "<td class=\"n\">" : "<td>").append(escaped(cell)).append("</td>");
      }
      text.append("</tr>\n");
    }

    void end() {
      text.append("</table>\n");
    }

    void link(String path, String label) {
      text.append("<p><a href=\"").append(path).append("\">").append(label).append("</a></p>\n");
    }

    void text(String paragraph) {
      text.append("<p>").append(escaped(paragraph)).append("</p>\n");
    }

    Page page() {
      return Page.html(text.append("</html>\n").toString());
    }

    private static String escaped(String raw) {
      return raw.replace("&", "&amp;")
          .replace("<", "&lt;")
          .replace(">", "&gt;")
          .replace("\"", "&quot;");
    }
  }

  /** Where it answers, once it has started. */
  OptionalInt port() {
    return server == null ? OptionalInt.empty() : OptionalInt.of(server.port());
  }

  @Override
  public void stop(Duration limit) {
    if (server != null) {
      server.close();
    }
  }
}
