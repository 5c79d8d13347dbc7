// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.abi.EndReason;
import io.goshawk.abi.HttpServerRecord;
import io.goshawk.abi.HttpString;
import io.goshawk.abi.RecordHeader;
import io.goshawk.abi.RecordType;
import io.goshawk.abi.SpanCore;
import io.goshawk.abi.SpanFlag;
import io.goshawk.abi.SpanHeader;
import io.goshawk.abi.StringRef;
import io.goshawk.collector.component.BatchConsumer;
import io.goshawk.collector.component.Factories;
import io.goshawk.collector.component.Receiver;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.graph.Graph;
import io.goshawk.collector.ledger.Ledger;
import io.goshawk.collector.service.Components;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.config.ConfigLoader;
import io.goshawk.config.ExporterChoice;
import io.goshawk.config.TraceExporterKind;
import io.goshawk.config.component.Catalogue;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.Signal;
import io.goshawk.config.tree.MapNode;
import io.goshawk.config.tree.Origin;
import io.goshawk.loader.kernel.KernelClocks;
import io.goshawk.spans.SpanBuilder;
import io.goshawk.spans.SpanSettings;
import io.goshawk.spans.otlp.SpanBatch;
import io.goshawk.spans.otlp.SpanBuffer;
import io.goshawk.spans.record.Refusal;
import io.goshawk.spans.time.ClockSample;
import io.goshawk.spans.time.TimeBase;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import picocli.CommandLine.Command;

/**
 * Loads the classes that tracing needs, without tracing, so that the JVM can archive them: {@code
 * bin/goshawk} runs this once for each Java, and later starts take half the time. Needs no rights.
 */
@Command(name = "train", hidden = true, description = "Load what a class archive should hold.")
final class TrainCommand implements Callable<Integer> {

  /** The connection is refused at once; the rest would be waiting for another try. */
  private static final Duration LIMIT = Duration.ofMillis(500);

  private final Map<String, String> environment;

  TrainCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws IOException, InterruptedException, StartException {
    loadOurs();
    export();
    return ExitStatus.FINE;
  }

  /** Every class of ours, from the jars that this one's manifest names. */
  private static void loadOurs() throws IOException {
    Path main = Path.of(System.getProperty("java.class.path").split(File.pathSeparator)[0]);
    List<Path> jars = new ArrayList<>(List.of(main));
    try (JarFile jar = new JarFile(main.toFile())) {
      String classPath = jar.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
      for (String entry : classPath == null ? new String[0] : classPath.split(" ")) {
        jars.add(main.resolveSibling(entry));
      }
    }
    for (Path path : jars) {
      try (JarFile jar = new JarFile(path.toFile())) {
        jar.stream()
            .map(entry -> entry.getName())
            .filter(name -> name.startsWith("io/goshawk/") && name.endsWith(".class"))
            .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
            .forEach(TrainCommand::load);
      }
    }
  }

  private static void load(String name) {
    try {
      Class.forName(name);
    } catch (ClassNotFoundException | LinkageError e) {
      // package-info has no class, and a class that this Java does not link is not archived.
      return;
    }
  }

  /**
   * One span to where nobody listens; what is loaded on the way is all that counts. By HTTP, the
   * default: what gRPC needs would add 5 MB to the memory of all who do not use it.
   */
  private void export() throws InterruptedException, StartException {
    Map<String, String> variables = new HashMap<>(environment);
    variables.keySet().removeIf(name -> name.startsWith("OTEL_"));
    variables.put("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    CollectorConfig config =
        ConfigLoader.load(
                variables,
                List.of(
                    ExporterChoice.of(TraceExporterKind.OTLP), ExporterChoice.toFile("/dev/null")),
                MapNode.empty(Origin.DEFAULT),
                Catalogue.standard())
            .config();
    Ledger ledger = new Ledger();
    AtomicReference<BatchConsumer> pipeline = new AtomicReference<>();
    Factories factories =
        Components.register(Factories.builder(), variables, VersionCommand.version(), ledger, 2)
            .receiver(
                "goshawk",
                (context, settings, feeds) -> {
                  pipeline.set(feeds.get(Signal.TRACES).next());
                  return new Receiver() {};
                })
            .build();
    Graph graph = Graph.build(config, factories, ledger.flow(), System::nanoTime);
    graph.start();
    pipeline.get().accept(EncodedBatch.of(span()));
    graph.stop(LIMIT);
  }

  private static SpanBatch span() {
    byte[] method = "GET".getBytes(StandardCharsets.UTF_8);
    int size = HttpServerRecord.SIZE + method.length;
    ByteBuffer record = ByteBuffer.allocate((size + 7) & ~7).order(ByteOrder.nativeOrder());
    RecordHeader.size(record, 0, size);
    RecordHeader.type(record, 0, RecordType.RECORD_HTTP_SERVER.value());
    RecordHeader.tgid(record, 0, 1);
    SpanCore.startNs(record, SpanHeader.OFFSET_CORE, KernelClocks.monotonicNanos());
    SpanHeader.endNs(record, 0, KernelClocks.monotonicNanos());
    for (int i = 0; i < 16; i++) {
      SpanCore.traceId(record, SpanHeader.OFFSET_CORE, i, i + 1);
    }
    for (int i = 0; i < 8; i++) {
      SpanCore.spanId(record, SpanHeader.OFFSET_CORE, i, i + 1);
    }
    SpanCore.traceFlags(record, SpanHeader.OFFSET_CORE, 1);
    SpanCore.flags(record, SpanHeader.OFFSET_CORE, SpanFlag.SPAN_SAMPLED.value());
    SpanHeader.endReason(record, 0, EndReason.END_RETURNED.value());
    HttpServerRecord.status(record, 0, 200);
    HttpServerRecord.protocolMajor(record, 0, 1);
    HttpServerRecord.protocolMinor(record, 0, 1);
    int string = HttpServerRecord.OFFSET_STRINGS + HttpString.HTTP_METHOD.value() * StringRef.SIZE;
    StringRef.offset(record, string, HttpServerRecord.SIZE);
    StringRef.length(record, string, method.length);
    StringRef.originalLength(record, string, method.length);
    record.put(HttpServerRecord.SIZE, method);
    SpanBuffer spans = new SpanBuffer();
    Refusal refusal =
        new SpanBuilder(
                SpanSettings.defaults(VersionCommand.version()),
                tgid -> null,
                new TimeBase(KernelClocks.bracket(ClockSample::bracketed)))
            .build(record.array(), 0, size, spans);
    if (refusal != null) {
      throw new IllegalStateException("the record of the training is refused: " + refusal);
    }
    return spans.take();
  }
}
