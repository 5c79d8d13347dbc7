// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.receiver.otlp;

import static io.goshawk.collector.telemetry.EncodedBatches.attribute;
import static io.goshawk.collector.telemetry.EncodedBatches.request;
import static io.goshawk.collector.telemetry.EncodedBatches.sent;
import static io.goshawk.collector.telemetry.EncodedBatches.spans;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.goshawk.collector.component.BatchConsumer;
import io.goshawk.collector.component.ComponentContext;
import io.goshawk.collector.component.Extension;
import io.goshawk.collector.component.Feed;
import io.goshawk.collector.component.Host;
import io.goshawk.collector.component.NodeAccount;
import io.goshawk.collector.component.StartException;
import io.goshawk.collector.export.otlp.OtlpJsonWriter;
import io.goshawk.collector.net.ZstdCodec;
import io.goshawk.collector.telemetry.EncodedBatch;
import io.goshawk.collector.telemetry.EncodedBatches;
import io.goshawk.collector.testing.Configurations;
import io.goshawk.collector.testing.StartedExtensions;
import io.goshawk.collector.testing.TestCertificates;
import io.goshawk.collector.testing.TestSpans;
import io.goshawk.config.component.CollectorConfig;
import io.goshawk.config.component.CollectorConfig.Component;
import io.goshawk.config.component.ComponentId;
import io.goshawk.config.component.OtlpReceiverConfig;
import io.goshawk.config.component.Signal;
import io.goshawk.testing.SeededCases;
import io.grpc.CallCredentials;
import io.grpc.CallOptions;
import io.grpc.Codec;
import io.grpc.CompressorRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogram;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Summary;
import io.opentelemetry.proto.metrics.v1.SummaryDataPoint;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class OtlpReceiverTest {
  private static final String BOTH =
      "{grpc: {endpoint: '127.0.0.1:0'}, http: {endpoint: '127.0.0.1:0'}}";
  private static final long MANY_BYTES = 64 << 20;
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  @TempDir Path folder;

  private final BlockingQueue<EncodedBatch> taken = new LinkedBlockingQueue<>();
  private final NodeAccount account = new NodeAccount("receiver/otlp");
  private final NodeAccount metrics = new NodeAccount("receiver/otlp", Signal.METRICS);
  private final Map<ComponentId, Extension> extensions = new HashMap<>();
  private Set<Signal> wanted = Set.of(Signal.TRACES, Signal.METRICS);
  private final HttpClient http = HttpClient.newHttpClient();
  private Optional<String> refusal = Optional.empty();
  private OtlpReceiver receiver;
  private ManagedChannel channel;

  private static final CompressorRegistry COMPRESSORS = CompressorRegistry.newEmptyInstance();

  static {
    COMPRESSORS.register(new Codec.Gzip());
    COMPRESSORS.register(new ZstdCodec());
  }

  private final BatchConsumer pipeline =
      new BatchConsumer() {
        @Override
        public void accept(EncodedBatch batch) {
          taken.add(batch);
        }

        @Override
        public Optional<String> refusal() {
          return refusal;
        }
      };

  private final class TestHost implements Host {
    @Override
    public Optional<Extension> extension(ComponentId id) {
      return Optional.ofNullable(extensions.get(id));
    }

    @Override
    public List<NodeAccount.Snapshot> nodes() {
      return List.of();
    }
  }

  private Feed feed(NodeAccount books) {
    return new TestFeed(books, pipeline, () -> wanted.contains(books.snapshot().signal()));
  }

  private void start(String protocols, long inFlightBytes) throws StartException {
    start(protocols, "", "", inFlightBytes);
  }

  /**
   * @param named the extension that the protocols may name; empty for none
   */
  private void start(String protocols, String named, String settings, long inFlightBytes)
      throws StartException {
    CollectorConfig config =
        Configurations.of(
            "{receivers: {otlp: {protocols: "
                + protocols
                + "}}, exporters: {nop: }, extensions: {"
                + (named.isEmpty() ? "" : named + ": " + settings)
                + "}, service: {extensions: ["
                + named
                + "], pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}}");
    extensions.putAll(StartedExtensions.of(config));
    Component component = config.pipelines().values().iterator().next().receivers().get(0);
    receiver =
        new OtlpReceiver(
            new ComponentContext(
                component.id(), Signal.TRACES, account, System::nanoTime, new TestHost()),
            component.settings(),
            Map.of(Signal.TRACES, feed(account), Signal.METRICS, feed(metrics)),
            inFlightBytes);
    receiver.start();
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (channel != null) {
      channel.shutdownNow();
    }
    if (receiver != null) {
      receiver.stop(Duration.ofSeconds(5));
      assertThat(receiver.inFlightBytes()).as("memory that was given back").isZero();
      assertThat(account.snapshot().imbalance()).isEmpty();
    }
  }

  private URI url() {
    return URI.create("http://127.0.0.1:" + receiver.httpPort().getAsInt() + "/v1/traces");
  }

  private HttpResponse<byte[]> post(byte[] body, String... headers)
      throws IOException, InterruptedException {
    return post(url(), body, headers);
  }

  private HttpResponse<byte[]> post(URI where, byte[] body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(where).POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private HttpResponse<byte[]> postProtobuf(byte[] body) throws Exception {
    return post(body, "content-type", "application/x-protobuf");
  }

  private static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  private static byte[] zstd(byte[] bytes, int windowBits) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (ZstdOutputStreamNoFinalizer out = new ZstdOutputStreamNoFinalizer(packed)) {
      out.setLong(windowBits);
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private byte[] call(byte[] message, CallOptions options) {
    return call("trace.v1.TraceService", message, options);
  }

  private byte[] call(String service, byte[] message, CallOptions options) {
    if (channel == null) {
      channel =
          NettyChannelBuilder.forAddress("127.0.0.1", receiver.grpcPort().getAsInt())
              .compressorRegistry(COMPRESSORS)
              .usePlaintext()
              .build();
    }
    MethodDescriptor<byte[], byte[]> method =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("opentelemetry.proto.collector." + service + "/Export")
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();
    return ClientCalls.blockingUnaryCall(channel, method, options, message);
  }

  private StatusRuntimeException failure(byte[] message) {
    return catchThrowableOfType(
        StatusRuntimeException.class, () -> call(message, CallOptions.DEFAULT));
  }

  private ExportTraceServiceRequest next() throws InterruptedException {
    EncodedBatch batch = taken.poll(20, TimeUnit.SECONDS);
    assertThat(batch).as("a batch that was handed on").isNotNull();
    return sent(batch);
  }

  // ---- what is taken

  @ParameterizedTest
  @CsvSource({"grpc, none", "grpc, gzip", "http, none", "http, gzip"})
  void spansOfTheSdksExportersArrive(String protocol, String compression) throws Exception {
    start(BOTH, MANY_BYTES);
    SpanExporter exporter =
        protocol.equals("grpc")
            ? OtlpGrpcSpanExporter.builder()
                .setEndpoint("http://127.0.0.1:" + receiver.grpcPort().getAsInt())
                .setCompression(compression)
                .build()
            : OtlpHttpSpanExporter.builder()
                .setEndpoint(url().toString())
                .setCompression(compression)
                .build();
    try (exporter) {
      assertThat(exporter.export(TestSpans.requests(200)).join(20, TimeUnit.SECONDS).isSuccess())
          .isTrue();
    }
    assertThat(spans(taken.remove())).hasSize(200);
    assertThat(account.snapshot().in()).isEqualTo(200);
    assertThat(account.snapshot().out()).isEqualTo(200);
  }

  @Test
  void whatOthersSayGoesThroughUnchanged() throws Exception {
    start(BOTH, MANY_BYTES);
    ByteString id = ByteString.copyFrom(new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
    ExportTraceServiceRequest request = request("shop", 3, s -> s.setSpanId(id));
    HttpResponse<byte[]> response = postProtobuf(request.toByteArray());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type")).contains("application/x-protobuf");
    assertThat(response.body()).isEmpty();
    assertThat(next()).isEqualTo(request);
    call(request.toByteArray(), CallOptions.DEFAULT);
    assertThat(next()).isEqualTo(request);
    call(request.toByteArray(), CallOptions.DEFAULT.withCompression("gzip"));
    assertThat(next()).isEqualTo(request);
    call(request.toByteArray(), CallOptions.DEFAULT.withCompression("zstd"));
    assertThat(next()).isEqualTo(request);
    byte[] packed = zstd(request.toByteArray(), 0);
    assertThat(postZstd(packed).statusCode()).isEqualTo(200);
    assertThat(next()).isEqualTo(request);
  }

  private HttpResponse<byte[]> postZstd(byte[] body) throws Exception {
    return post(body, "content-type", "application/x-protobuf", "content-encoding", "zstd");
  }

  /** Of memory outside of the heap as well: a window is what whoever packs asks of us. */
  @Test
  void whatIsPackedByZstdIsBoundedAndCheckedAsWithGzip() throws Exception {
    start(
        "{grpc: {endpoint: '127.0.0.1:0', max_recv_msg_size_mib: 1},"
            + " http: {endpoint: '127.0.0.1:0', max_request_body_size: 1000000}}",
        MANY_BYTES);
    byte[] bomb = zstd(new byte[100_000_000], 0);
    assertThat(bomb.length).isLessThan(20_000);
    assertThat(postZstd(bomb).statusCode()).isEqualTo(413);
    byte[] request = request("shop", 100, s -> {}).toByteArray();
    assertThat(postZstd(zstd(request, 27)).statusCode()).as("a window of 128 MiB").isEqualTo(400);
    byte[] packed = zstd(request, 0);
    assertThat(postZstd(Arrays.copyOf(packed, packed.length - 3)).statusCode()).isEqualTo(400);
    assertThat(postZstd("nonsense".getBytes(StandardCharsets.UTF_8)).statusCode()).isEqualTo(400);
    StatusRuntimeException refused =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> call(new byte[5_000_000], CallOptions.DEFAULT.withCompression("zstd")));
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(taken).isEmpty();
    assertThat(postZstd(packed).statusCode()).isEqualTo(200);
  }

  /** One metric of each kind, with what nobody here knows beside them. */
  private static ExportMetricsServiceRequest everyKindOfMetric() {
    UnknownFieldSet unknown =
        UnknownFieldSet.newBuilder()
            .addField(1234, UnknownFieldSet.Field.newBuilder().addVarint(7).build())
            .build();
    Exemplar exemplar =
        Exemplar.newBuilder()
            .setTimeUnixNano(3_000)
            .setAsDouble(0.5)
            .setTraceId(
                ByteString.copyFrom(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6}))
            .setSpanId(ByteString.copyFrom(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}))
            .addFilteredAttributes(attribute("filtered", "x"))
            .build();
    ExportMetricsServiceRequest.Builder request =
        EncodedBatches.metricsRequest("shop", 2, 1).toBuilder();
    ScopeMetrics.Builder scope =
        request.getResourceMetricsBuilder(0).getScopeMetricsBuilder(0).setSchemaUrl("https://x");
    scope
        .addMetrics(
            Metric.newBuilder()
                .setName("temperature")
                .addMetadata(attribute("meta", "data"))
                .setGauge(
                    Gauge.newBuilder()
                        .addDataPoints(
                            NumberDataPoint.newBuilder()
                                .setAsDouble(-1.5)
                                .setFlags(1)
                                .addExemplars(exemplar))))
        .addMetrics(
            Metric.newBuilder()
                .setName("latency")
                .setHistogram(
                    Histogram.newBuilder()
                        .setAggregationTemporality(
                            AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA)
                        .addDataPoints(
                            HistogramDataPoint.newBuilder()
                                .setCount(3)
                                .setSum(4.5)
                                .setMin(1)
                                .setMax(2)
                                .addExplicitBounds(1.5)
                                .addBucketCounts(1)
                                .addBucketCounts(1L << 40))))
        .addMetrics(
            Metric.newBuilder()
                .setName("size")
                .setExponentialHistogram(
                    ExponentialHistogram.newBuilder()
                        .addDataPoints(
                            ExponentialHistogramDataPoint.newBuilder()
                                .setCount(9)
                                .setScale(-3)
                                .setZeroCount(2)
                                .setZeroThreshold(0.1)
                                .setPositive(
                                    ExponentialHistogramDataPoint.Buckets.newBuilder()
                                        .setOffset(-4)
                                        .addBucketCounts(300)
                                        .addBucketCounts(1)))))
        .addMetrics(
            Metric.newBuilder()
                .setName("age")
                .setSummary(
                    Summary.newBuilder()
                        .addDataPoints(
                            SummaryDataPoint.newBuilder()
                                .setCount(1)
                                .setSum(2)
                                .addQuantileValues(
                                    SummaryDataPoint.ValueAtQuantile.newBuilder()
                                        .setQuantile(0.5)
                                        .setValue(7)))));
    scope.getMetricsBuilder(0).setUnknownFields(unknown);
    return request.build();
  }

  private URI metricsUrl() {
    return url().resolve("/v1/metrics");
  }

  @Test
  void metricsGoThroughUnchanged() throws Exception {
    start(BOTH, MANY_BYTES);
    ExportMetricsServiceRequest request = everyKindOfMetric();
    byte[] body = request.toByteArray();
    assertThat(post(metricsUrl(), body, "content-type", "application/x-protobuf").statusCode())
        .isEqualTo(200);
    assertThat(EncodedBatches.sentMetrics(taken.remove())).isEqualTo(request);
    HttpResponse<byte[]> packed =
        post(
            metricsUrl(),
            gzip(body),
            "content-type",
            "application/x-protobuf",
            "content-encoding",
            "gzip");
    assertThat(packed.statusCode()).isEqualTo(200);
    assertThat(EncodedBatches.sentMetrics(taken.remove())).isEqualTo(request);
    assertThat(call("metrics.v1.MetricsService", body, CallOptions.DEFAULT)).isEmpty();
    assertThat(EncodedBatches.sentMetrics(taken.remove())).isEqualTo(request);
    assertThat(metrics.snapshot().in()).isEqualTo(3 * 7);
    assertThat(metrics.snapshot().out()).isEqualTo(3 * 7);
    assertThat(account.snapshot().in()).isZero();
  }

  @Test
  void metricsInJsonAreWhatTheyAreInProtocolBuffers() throws Exception {
    start(BOTH, MANY_BYTES);
    ExportMetricsServiceRequest.Builder known = everyKindOfMetric().toBuilder();
    known
        .getResourceMetricsBuilder(0)
        .getScopeMetricsBuilder(0)
        .getMetricsBuilder(0)
        .setUnknownFields(UnknownFieldSet.getDefaultInstance());
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    new OtlpJsonWriter().writeLine(EncodedBatches.of(known.build()), json);
    HttpResponse<byte[]> response =
        post(metricsUrl(), json.toByteArray(), "content-type", "application/json");
    assertThat(text(response)).isEqualTo("{\"partialSuccess\":{}}");
    assertThat(EncodedBatches.sentMetrics(taken.remove())).isEqualTo(known.build());
  }

  /** As a Collector without a pipeline for them: neither the service nor the path is there. */
  @Test
  void metricsThatNoPipelineTakesHaveNoPlace() throws Exception {
    start(BOTH, MANY_BYTES);
    wanted = Set.of(Signal.TRACES);
    byte[] body = EncodedBatches.metricsRequest("shop", 1).toByteArray();
    HttpResponse<byte[]> response =
        post(metricsUrl(), body, "content-type", "application/x-protobuf");
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(text(response)).contains("traces are posted to /v1/traces");
    StatusRuntimeException refused =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> call("metrics.v1.MetricsService", body, CallOptions.DEFAULT));
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
    assertThat(taken).isEmpty();
    wanted = Set.of(Signal.METRICS);
    assertThat(post(metricsUrl(), body, "content-type", "application/x-protobuf").statusCode())
        .as("after a reload that gives them a pipeline")
        .isEqualTo(200);
    assertThat(postProtobuf(request("shop", 1, s -> {}).toByteArray()).statusCode()).isEqualTo(404);
  }

  @Test
  void jsonIsAnsweredInJson() throws Exception {
    start(BOTH, MANY_BYTES);
    String json =
        """
        {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
          "scopeSpans":[{"scope":{"name":"lib"},"spans":[
            {"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","name":"a","kind":2,
             "startTimeUnixNano":"1544712660000000000","endTimeUnixNano":1544712661000000000,
             "attributes":[{"key":"n","value":{"intValue":"5"}}],"status":{"code":2}}]}]}]}
        """;
    for (byte[] body :
        List.of(
            json.getBytes(StandardCharsets.UTF_8), gzip(json.getBytes(StandardCharsets.UTF_8)))) {
      HttpResponse<byte[]> response =
          body[0] == '{'
              ? post(body, "content-type", "application/json; charset=utf-8")
              : post(body, "content-type", "application/json", "content-encoding", "gzip");
      assertThat(text(response)).isEqualTo("{\"partialSuccess\":{}}");
      assertThat(response.headers().firstValue("content-type")).contains("application/json");
      Span span = next().getResourceSpans(0).getScopeSpans(0).getSpans(0);
      assertThat(span.getName()).isEqualTo("a");
      assertThat(span.getTraceId().byteAt(0)).isEqualTo((byte) 0x5b);
      assertThat(span.getEndTimeUnixNano()).isEqualTo(1544712661000000000L);
    }
  }

  @Test
  void aRequestWithoutSpansIsTaken() throws Exception {
    start(BOTH, MANY_BYTES);
    assertThat(postProtobuf(new byte[0]).statusCode()).isEqualTo(200);
    assertThat(
            text(post("{}".getBytes(StandardCharsets.UTF_8), "content-type", "application/json")))
        .isEqualTo("{\"partialSuccess\":{}}");
    assertThat(call(new byte[0], CallOptions.DEFAULT)).isEmpty();
    assertThat(account.snapshot().in()).isZero();
  }

  @Test
  void spansWithoutIdsAreRejectedAndTheOthersTaken() throws Exception {
    start(BOTH, MANY_BYTES);
    byte[] request =
        request(
                "shop",
                6,
                s -> {
                  if (s.getName().equals("span 2")) {
                    s.setTraceId(ByteString.copyFrom(new byte[16]));
                  } else if (s.getName().equals("span 3")) {
                    s.setSpanId(ByteString.copyFrom(new byte[3]));
                  }
                })
            .toByteArray();
    ExportTraceServiceResponse overHttp =
        ExportTraceServiceResponse.parseFrom(postProtobuf(request).body());
    assertThat(overHttp.getPartialSuccess().getRejectedSpans()).isEqualTo(3);
    assertThat(overHttp.getPartialSuccess().getErrorMessage()).contains("without trace or span id");
    assertThat(spans(taken.remove()))
        .extracting(Span::getName)
        .containsExactly("span 1", "span 4", "span 5");
    assertThat(ExportTraceServiceResponse.parseFrom(call(request, CallOptions.DEFAULT)))
        .isEqualTo(overHttp);
    assertThat(account.snapshot().dropped()).containsEntry(Intake.WITHOUT_IDS, 6L);
    assertThat(account.snapshot().out()).isEqualTo(6);
  }

  // ---- what is not

  @Test
  void whatThePipelineRefusesIsToBeSentAgain() throws Exception {
    start(BOTH, MANY_BYTES);
    refusal = Optional.of("memory limit");
    byte[] request = request("shop", 3, s -> {}).toByteArray();
    HttpResponse<byte[]> response = postProtobuf(request);
    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(response.headers().firstValue("retry-after")).contains("1");
    assertThat(text(response)).contains("memory limit");
    StatusRuntimeException refused = failure(request);
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(refused.getTrailers().get(DETAILS))
        .isEqualTo(
            UnknownFieldSet.newBuilder()
                .mergeVarintField(1, 8)
                .mergeLengthDelimitedField(2, ByteString.copyFromUtf8("not now: memory limit"))
                .mergeLengthDelimitedField(
                    3,
                    UnknownFieldSet.newBuilder()
                        .mergeLengthDelimitedField(
                            1, ByteString.copyFromUtf8("type.googleapis.com/google.rpc.RetryInfo"))
                        .mergeLengthDelimitedField(2, ByteString.copyFrom(new byte[] {10, 2, 8, 1}))
                        .build()
                        .toByteString())
                .build()
                .toByteArray());
    assertThat(account.snapshot().dropped()).containsEntry("memory limit", 6L);
    assertThat(taken).isEmpty();
    refusal = Optional.empty();
    assertThat(postProtobuf(request).statusCode()).isEqualTo(200);
  }

  @Test
  void whatIsNoRequestIsRefusedForGood() throws Exception {
    start(BOTH, MANY_BYTES);
    byte[] nonsense = "nonsense".getBytes(StandardCharsets.UTF_8);
    HttpResponse<byte[]> binary = postProtobuf(nonsense);
    assertThat(binary.statusCode()).isEqualTo(400);
    HttpResponse<byte[]> json = post(nonsense, "content-type", "application/json");
    assertThat(json.statusCode()).isEqualTo(400);
    assertThat(text(json)).startsWith("{\"code\":3,\"message\":\"no OTLP request");
    assertThat(
            post(nonsense, "content-type", "application/json", "content-encoding", "gzip")
                .statusCode())
        .isEqualTo(400);
    byte[] packed = gzip(nonsense);
    assertThat(
            text(
                post(
                    Arrays.copyOf(packed, packed.length - 1),
                    "content-type",
                    "application/json",
                    "content-encoding",
                    "gzip")))
        .contains("what is packed in it has no end");
    assertThat(failure(nonsense).getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(account.snapshot().refusedRequests()).containsEntry("malformed", 5L);
  }

  @ParameterizedTest
  @CsvSource({
    "POST, /v1/traces, text/plain, identity, 415",
    "POST, /v1/traces, application/json, br, 415",
    "POST, /v1/logs, application/json, identity, 404",
    "GET, /v1/traces, application/json, identity, 405",
    "POST, /v1/traces?x=1, application/json, identity, 200",
  })
  void whatIsNotOfferedIsSaid(String method, String path, String type, String encoding, int status)
      throws Exception {
    start(BOTH, MANY_BYTES);
    HttpRequest request =
        HttpRequest.newBuilder(url().resolve(path))
            .method(method, HttpRequest.BodyPublishers.ofString("{}"))
            .headers("content-type", type, "content-encoding", encoding)
            .build();
    assertThat(http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode())
        .isEqualTo(status);
  }

  @Test
  void aLargerRequestThanAllowedIsRefusedForGood() throws Exception {
    start(
        "{grpc: {endpoint: '127.0.0.1:0', max_recv_msg_size_mib: 1},"
            + " http: {endpoint: '127.0.0.1:0', max_request_body_size: 1000000}}",
        MANY_BYTES);
    byte[] large = request("shop", 1, s -> s.setName("x".repeat(1_200_000))).toByteArray();
    assertThat(postProtobuf(large).statusCode()).isEqualTo(413);
    assertThat(
            post(gzip(large), "content-type", "application/x-protobuf", "content-encoding", "gzip")
                .statusCode())
        .as("a compression bomb")
        .isEqualTo(413);
    for (CallOptions options :
        List.of(
            CallOptions.DEFAULT,
            CallOptions.DEFAULT.withCompression("gzip"),
            CallOptions.DEFAULT.withCompression("zstd"))) {
      StatusRuntimeException refused =
          catchThrowableOfType(StatusRuntimeException.class, () -> call(large, options));
      assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(refused.getTrailers().get(DETAILS)).as("no wish to have it again").isNull();
    }
    assertThat(taken).isEmpty();
    assertThat(postProtobuf(request("shop", 3, s -> {}).toByteArray()).statusCode()).isEqualTo(200);
  }

  /** A connection that holds most of the memory for requests, and sends no more. */
  private Socket unfinished(int bytes) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), receiver.httpPort().getAsInt());
    OutputStream out = socket.getOutputStream();
    out.write(
        ("POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n"
                + "content-length: "
                + (bytes + 1)
                + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
    out.write(new byte[bytes]);
    out.flush();
    Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> receiver.inFlightBytes() >= bytes);
    return socket;
  }

  @Test
  void whatHasNoRoomBesideOthersIsToBeSentAgain() throws Exception {
    start(BOTH, 2_000_000);
    byte[] large = request("shop", 1, s -> s.setName("x".repeat(800_000))).toByteArray();
    try (Socket other = unfinished(990_000)) {
      assertThat(other.isConnected()).isTrue();
      try (Socket another = unfinished(500_000)) {
        assertThat(another.isConnected()).isTrue();
        HttpResponse<byte[]> response = postProtobuf(large);
        assertThat(response.statusCode()).isEqualTo(429);
        assertThat(response.headers().firstValue("retry-after")).contains("1");
        StatusRuntimeException refused = failure(large);
        assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(refused.getTrailers().get(DETAILS)).isNotNull();
        assertThat(account.snapshot().refusedRequests()).containsEntry("too many at once", 2L);
      }
    }
    Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> receiver.inFlightBytes() == 0);
    assertThat(postProtobuf(large).statusCode()).isEqualTo(200);
  }

  @Test
  void manyTinyGroupsAreNoRequestInGoodFaith() throws Exception {
    start(BOTH, MANY_BYTES);
    ExportTraceServiceRequest one = request("a", 1, s -> {});
    ExportTraceServiceRequest.Builder many = ExportTraceServiceRequest.newBuilder();
    for (int i = 0; i < 16_385; i++) {
      many.addResourceSpans(one.getResourceSpans(0));
    }
    HttpResponse<byte[]> response = postProtobuf(many.build().toByteArray());
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(text(response)).contains("16384 resources");
  }

  @Test
  void moreConnectionsThanAllowedAreClosedAndThoseBeforeServed() throws Exception {
    start(BOTH, MANY_BYTES);
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 0; i < 256; i++) {
        open.add(new Socket(InetAddress.getLoopbackAddress(), receiver.httpPort().getAsInt()));
      }
      try (Socket more =
          new Socket(InetAddress.getLoopbackAddress(), receiver.httpPort().getAsInt())) {
        assertThat(more.getInputStream().read()).isEqualTo(-1);
      }
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .untilAsserted(
              () ->
                  assertThat(account.snapshot().refusedRequests())
                      .containsExactly(Map.entry("too many connections", 1L)));
      Socket first = open.get(0);
      first
          .getOutputStream()
          .write(
              "POST /v1/traces HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(first.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 200");
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .until(() -> postProtobuf(new byte[0]).statusCode() == 200);
  }

  @Test
  void aRequestThatComesWhileItStopsIsServedToItsEnd() throws Exception {
    start(BOTH, MANY_BYTES);
    byte[] request = request("shop", 3, s -> {}).toByteArray();
    try (Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), receiver.httpPort().getAsInt())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          ("POST /v1/traces HTTP/1.1\r\ncontent-type: application/x-protobuf\r\ncontent-length: "
                  + request.length
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      out.write(request, 0, 10);
      Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> receiver.inFlightBytes() > 0);
      Thread stopping =
          new Thread(
              () -> {
                try {
                  receiver.stop(Duration.ofSeconds(30));
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      stopping.start();
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(
              () -> {
                try (Socket late = new Socket(InetAddress.getLoopbackAddress(), socket.getPort())) {
                  return !late.isConnected();
                } catch (IOException e) {
                  return true;
                }
              });
      out.write(request, 10, request.length - 10);
      assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 200");
      stopping.join();
    }
    assertThat(taken).hasSize(1);
  }

  /** Whatever comes, it is answered or the connection closed, and the next one is served. */
  @ParameterizedTest
  @ValueSource(strings = {"grpc", "http"})
  void garbageHarmsNobodyElse(String protocol) throws Exception {
    start(BOTH, MANY_BYTES);
    int port =
        protocol.equals("grpc") ? receiver.grpcPort().getAsInt() : receiver.httpPort().getAsInt();
    SeededCases.forEachSeed(60, random -> provoke(port, garbage(random)));
    byte[] request = request("shop", 3, s -> {}).toByteArray();
    assertThat(postProtobuf(request).statusCode()).isEqualTo(200);
    call(request, CallOptions.DEFAULT);
    assertThat(taken).hasSize(2);
  }

  private static byte[] garbage(RandomGenerator random) {
    String beginning =
        switch (random.nextInt(5)) {
          case 0 -> "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
          case 1 -> "POST /v1/traces HTTP/1.1\r\ncontent-type: application/json\r\n";
          case 2 ->
              "POST /v1/traces HTTP/1.1\r\ncontent-type: application/json\r\n"
                  + "transfer-encoding: chunked\r\n\r\n";
          case 3 -> "POST /v1/traces HTTP/1.1\r\ncontent-length: -5\r\n\r\n";
          default -> "";
        };
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(beginning.getBytes(StandardCharsets.US_ASCII));
    bytes.writeBytes(SeededCases.bytes(random, 20_000));
    return bytes.toByteArray();
  }

  private static void provoke(int port, byte[] garbage) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(garbage);
      socket.shutdownOutput();
      socket.getInputStream().readAllBytes();
    } catch (IOException e) {
      assertThat(e.getMessage()).as("it was closed").containsAnyOf("reset", "pipe", "aborted");
    }
  }

  // ---- where, and with whom

  private static final String WITH_AUTH =
      "{grpc: {endpoint: '127.0.0.1:0', auth: {authenticator: %1$s}},"
          + " http: {endpoint: '127.0.0.1:0', auth: {authenticator: %1$s}}}";

  private void assertLetsIn(String header, String value) throws Exception {
    byte[] body = request("shop", 1, s -> {}).toByteArray();
    HttpResponse<byte[]> response =
        post(body, "content-type", "application/x-protobuf", header, value);
    assertThat(response.statusCode()).isEqualTo(200);
    call(body, CallOptions.DEFAULT.withCallCredentials(new Header(header, value)));
    assertThat(taken).hasSize(2);
    taken.clear();
  }

  private void assertTurnsAway(String header, String value) throws Exception {
    byte[] body = request("shop", 1, s -> {}).toByteArray();
    HttpResponse<byte[]> response =
        post(body, "content-type", "application/x-protobuf", header, value);
    assertThat(response.statusCode()).as(value).isEqualTo(401);
    assertThat(response.headers().firstValue("www-authenticate")).isPresent();
    StatusRuntimeException refused =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> call(body, CallOptions.DEFAULT.withCallCredentials(new Header(header, value))));
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
    assertThat(taken).isEmpty();
  }

  /** A header that goes with a call. */
  private static final class Header extends CallCredentials {
    private final String name;
    private final String value;

    Header(String name, String value) {
      this.name = name;
      this.value = value;
    }

    @Override
    public void applyRequestMetadata(RequestInfo info, Executor executor, MetadataApplier applier) {
      Metadata headers = new Metadata();
      headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
      applier.apply(headers);
    }
  }

  @Test
  void onlyWhoHasATokenIsLetIn() throws Exception {
    start(
        WITH_AUTH.formatted("bearertokenauth"),
        "bearertokenauth",
        "{tokens: [first, second]}",
        MANY_BYTES);
    assertLetsIn("Authorization", "Bearer first");
    assertLetsIn("Authorization", "Bearer second");
    for (String wrong : List.of("Bearer third", "Bearer firs", "first", "Bearer ", "Basic first")) {
      assertTurnsAway("Authorization", wrong);
    }
    assertTurnsAway("X-Other", "Bearer first");
    assertThat(account.snapshot().refusedRequests()).containsEntry("unauthenticated", 12L);
    assertThat(account.snapshot().in()).isEqualTo(4);
  }

  @Test
  void onlyKnownUsersAreLetIn() throws Exception {
    // printf secret | openssl sha1 -binary | base64
    Path file =
        Files.writeString(
            folder.resolve("users"), "# of the shop\nann:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n");
    start(
        WITH_AUTH.formatted("basicauth"),
        "basicauth",
        "{htpasswd: {file: '" + file + "', inline: \"bob:pl:ain\"}}",
        MANY_BYTES);
    assertLetsIn("Authorization", basic("ann:secret"));
    assertLetsIn("authorization", basic("bob:pl:ain"));
    for (String wrong : List.of("ann:", "ann:Secret", "bob:plain", "eve:secret", "ann", ":")) {
      assertTurnsAway("Authorization", basic(wrong));
    }
    assertTurnsAway("Authorization", "Basic ?");
  }

  private static String basic(String pair) {
    byte[] bytes = pair.getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(bytes);
  }

  @Test
  void aHashThatNobodyKnowsHereIsAnErrorWithItsLine() {
    assertThatThrownBy(
            () ->
                start(
                    BOTH,
                    "basicauth",
                    "{htpasswd: {inline: \"a:b\\nann:$2y$05$abc\"}}",
                    MANY_BYTES))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("line 2")
        .hasMessageContaining("htpasswd -B");
  }

  @Test
  void whatOnlyExportersCanUseLetsNobodyIn() {
    assertThatThrownBy(
            () ->
                start(
                    WITH_AUTH.formatted("basicauth"),
                    "basicauth",
                    "{client_auth: {username: a, password: b}}",
                    MANY_BYTES))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("htpasswd");
  }

  @Test
  void bothProtocolsAreSpokenOverUnixSockets() throws Exception {
    Path grpcSocket = folder.resolve("grpc.sock");
    Path httpSocket = folder.resolve("http.sock");
    String protocols =
        "{grpc: {transport: unix, endpoint: '%s'}, http: {transport: unix, endpoint: '%s'}}"
            .formatted(grpcSocket, httpSocket);
    // As an agent that was killed leaves it.
    try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(httpSocket));
    }
    start(protocols, MANY_BYTES);
    byte[] body =
        request("shop", 3, s -> s.setSpanId(ByteString.copyFromUtf8("12345678"))).toByteArray();
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try {
      channel =
          NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(grpcSocket))
              .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
              .eventLoopGroup(loop)
              .usePlaintext()
              .build();
      call(body, CallOptions.DEFAULT);
      assertThat(spans(taken.remove())).hasSize(3);
      channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    } finally {
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(httpSocket))) {
      String head =
          "POST /v1/traces HTTP/1.1\r\ncontent-type: application/x-protobuf\r\ncontent-length: "
              + body.length
              + "\r\n\r\n";
      client.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII)));
      client.write(ByteBuffer.wrap(body));
      ByteBuffer answer = ByteBuffer.allocate(12);
      while (answer.hasRemaining() && client.read(answer) >= 0) {
        // To the end of the status.
      }
      assertThat(new String(answer.array(), StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 200");
    }
    assertThat(spans(taken.remove())).hasSize(3);
    OtlpReceiver first = receiver;
    assertThatThrownBy(() -> start(protocols, MANY_BYTES))
        .as("somebody listens there")
        .isInstanceOf(StartException.class)
        .hasMessageContaining("cannot listen");
    first.stop(Duration.ofSeconds(5));
    assertThat(grpcSocket).doesNotExist();
    assertThat(httpSocket).doesNotExist();
  }

  @Test
  void anAddressThatIsTakenIsAnError() throws Exception {
    start(BOTH, MANY_BYTES);
    OtlpReceiver first = receiver;
    for (String protocol : List.of("grpc", "http")) {
      int port =
          protocol.equals("grpc") ? first.grpcPort().getAsInt() : first.httpPort().getAsInt();
      assertThatThrownBy(
              () -> start("{" + protocol + ": {endpoint: '127.0.0.1:" + port + "'}}", MANY_BYTES))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("cannot listen at 127.0.0.1:" + port)
          .hasMessageContaining("in use")
          .hasMessageEndingWith("in receivers::otlp::protocols::" + protocol + "::endpoint");
    }
    receiver = first;
  }

  @Test
  void byDefaultOnlyThisHostIsServed() {
    assertThat(OtlpReceiverConfig.Grpc.ENDPOINT.defaultText()).contains("localhost:4317");
    assertThat(OtlpReceiverConfig.Http.ENDPOINT.defaultText()).contains("localhost:4318");
  }

  private SSLContext client(TestCertificates server, TestCertificates own) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        own == null ? null : own.keys().getKeyManagers(), server.trust().getTrustManagers(), null);
    return context;
  }

  @Test
  void tlsAndItsClientsCertificatesAreAskedForAndNewOnesAreRead() throws Exception {
    TestCertificates server = TestCertificates.create(folder, "server");
    TestCertificates other = TestCertificates.create(folder, "other");
    TestCertificates own = TestCertificates.create(folder, "client");
    String tls =
        "tls: {cert_file: '%s', key_file: '%s', client_ca_file: '%s', reload_interval: 1ns}"
            .formatted(server.certificatePem(), server.keyPem(), own.certificatePem());
    start(
        "{grpc: {endpoint: '127.0.0.1:0', %s}, http: {endpoint: '127.0.0.1:0', %s}}"
            .formatted(tls, tls),
        MANY_BYTES);
    assertThat(postTls(client(server, own))).isEqualTo(200);
    assertThatThrownBy(() -> postTls(client(server, null))).isInstanceOf(IOException.class);
    try (OtlpGrpcSpanExporter exporter =
        OtlpGrpcSpanExporter.builder()
            .setEndpoint("https://127.0.0.1:" + receiver.grpcPort().getAsInt())
            .setTrustedCertificates(Files.readAllBytes(server.certificatePem()))
            .setClientTls(
                Files.readAllBytes(own.keyPem()), Files.readAllBytes(own.certificatePem()))
            .build()) {
      assertThat(exporter.export(TestSpans.requests(5)).join(20, TimeUnit.SECONDS).isSuccess())
          .isTrue();
    }
    // The new certificate takes the old one's place, key first.
    for (Path[] move :
        new Path[][] {
          {other.keyPem(), server.keyPem()}, {other.certificatePem(), server.certificatePem()}
        }) {
      Files.write(move[1], Files.readAllBytes(move[0]));
      Files.setLastModifiedTime(move[1], FileTime.fromMillis(System.currentTimeMillis() + 5_000));
    }
    assertThat(postTls(client(other, own))).isEqualTo(200);
  }

  private int postTls(SSLContext context) throws Exception {
    return HttpClient.newBuilder()
        .sslContext(context)
        .build()
        .send(
            HttpRequest.newBuilder(
                    URI.create(
                        "https://127.0.0.1:" + receiver.httpPort().getAsInt() + "/v1/traces"))
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{}"))
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  @Test
  void aKeyThatIsNoneIsAnErrorWithTheMend() throws Exception {
    TestCertificates server = TestCertificates.create(folder, "server");
    Path certificate = server.certificatePem();
    assertThatThrownBy(
            () ->
                start(
                    "{http: {endpoint: '127.0.0.1:0', tls: {cert_file: '%s', key_file: '%s'}}}"
                        .formatted(certificate, certificate),
                    MANY_BYTES))
        .isInstanceOf(StartException.class)
        .hasMessageContaining("openssl pkcs8");
    receiver = null;
  }
}
