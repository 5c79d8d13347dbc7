// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.spans.resource.TargetProcess.GoBuild;
import io.opentelemetry.sdk.resources.Resource;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TargetResourceTest {
  private static final GoBuild BUILD =
      new GoBuild(
          "go1.26.8",
          "example.com/shop/cmd/cart",
          "example.com/shop",
          "v1.4.2",
          Map.of("vcs.revision", "0123abc", "vcs.modified", "true"));

  private static final Optional<String> NAMELESS = Optional.empty();

  private static TargetProcess process(
      Optional<String> name, Map<String, String> attributes, GoBuild go) {
    return process(name, attributes, "/srv/shop/cart-server", go);
  }

  private static TargetProcess process(
      Optional<String> name, Map<String, String> attributes, String executable, GoBuild go) {
    return new TargetProcess(
        4711,
        123_456,
        Instant.parse("2026-11-21T08:09:10.123456789Z"),
        "6e2a2f0c-6a3b-4f53-9d39-0d7f4b1f6b11",
        name,
        attributes,
        executable,
        "./cart-server",
        "shop",
        Optional.of("c0ffee"),
        "web-1",
        "amd64",
        go);
  }

  private static Map<String, Object> resource(TargetProcess process, ResourceSettings settings) {
    Resource resource = TargetResource.of(process, settings);
    assertThat(resource.getSchemaUrl()).isEqualTo("https://opentelemetry.io/schemas/1.45.0");
    Map<String, Object> attributes = new TreeMap<>();
    resource.getAttributes().forEach((k, v) -> attributes.put(k.getKey(), v));
    return attributes;
  }

  private static Map<String, Object> resource(Optional<String> name, String... attributes) {
    return resource(name, attributes, ResourceSettings.defaults("1.2.3"));
  }

  private static Map<String, Object> resource(
      Optional<String> name, String[] attributes, ResourceSettings settings) {
    Map<String, String> own = new HashMap<>();
    for (int i = 0; i < attributes.length; i += 2) {
      own.put(attributes[i], attributes[i + 1]);
    }
    return resource(process(name, own, BUILD), settings);
  }

  @Test
  void aProcessThatSaysNothingIsDescribedByItsMachineAndItsExecutable() {
    Map<String, Object> expected = new HashMap<>();
    expected.put("service.name", "cart-server");
    expected.put("service.version", "v1.4.2");
    expected.put("service.instance.id", "619238fd-df17-54d7-9fa6-811b1778eb37");
    expected.put("process.pid", 4711L);
    expected.put("process.creation.time", "2026-11-21T08:09:10.123Z");
    expected.put("process.command", "./cart-server");
    expected.put("process.owner", "shop");
    expected.put("process.executable.path", "/srv/shop/cart-server");
    expected.put("process.executable.name", "cart-server");
    expected.put("process.runtime.name", "go");
    expected.put("process.runtime.version", "go1.26.8");
    expected.put("container.id", "c0ffee");
    expected.put("host.name", "web-1");
    expected.put("host.arch", "amd64");
    expected.put("os.type", "linux");
    expected.put("telemetry.sdk.language", "go");
    expected.put("telemetry.sdk.name", "goshawk");
    expected.put("telemetry.sdk.version", "1.2.3");
    expected.put("telemetry.distro.name", "goshawk");
    expected.put("telemetry.distro.version", "1.2.3");
    assertThat(resource(NAMELESS)).isEqualTo(expected);
  }

  @Test
  void theInstanceIsTheSameAfterARestartOfTheAgentAndAnotherAfterOneOfTheTarget() {
    String id = (String) resource(NAMELESS).get("service.instance.id");
    assertThat(UUID.fromString(id).version()).isEqualTo(5);
    assertThat(UUID.fromString(id).variant()).isEqualTo(2);
    assertThat(resource(Optional.of("x"))).containsEntry("service.instance.id", id);

    TargetProcess first = process(NAMELESS, Map.of(), BUILD);
    TargetProcess restarted =
        new TargetProcess(
            first.pid(),
            first.startTicks() + 1,
            first.startTime(),
            first.bootId(),
            first.serviceName(),
            first.attributes(),
            first.executablePath(),
            first.command(),
            first.owner(),
            first.containerId(),
            first.hostName(),
            first.architecture(),
            BUILD);
    assertThat(resource(restarted, ResourceSettings.defaults("1")).get("service.instance.id"))
        .isNotEqualTo(id);
  }

  @Test
  void namesHaveTheUuidsThatOtherImplementationsGiveThem() {
    // RFC 9562, appendix A.4: www.example.com in the namespace of DNS.
    assertThat(
            NameBasedUuid.of(
                UUID.fromString("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "www.example.com"))
        .hasToString("2ed6657d-e927-568b-95e1-2665a8aea6a2");
  }

  @Test
  void theServicesNameComesFromTheOneWhoKnowsItBest() {
    String[] nothing = {};
    String[] own = {"service.name", "from-attributes"};
    assertThat(resource(NAMELESS)).containsEntry("service.name", "cart-server");

    ResourceSettings defaults =
        new ResourceSettings("1", Optional.empty(), Map.of("service.name", "from-agent"));
    assertThat(resource(NAMELESS, nothing, defaults)).containsEntry("service.name", "from-agent");
    assertThat(resource(NAMELESS, own, defaults)).containsEntry("service.name", "from-attributes");

    Optional<String> name = Optional.of("from-name");
    assertThat(resource(name, own)).containsEntry("service.name", "from-name");

    ResourceSettings override = new ResourceSettings("1", Optional.of("from-flag"), Map.of());
    assertThat(resource(name, own, override)).containsEntry("service.name", "from-flag");
  }

  @ParameterizedTest
  @CsvSource({
    // Executables that have a name of their own.
    "/usr/bin/etcd, go.etcd.io/etcd/server/v3, go.etcd.io/etcd/server/v3, etcd",
    "/pb/pocketbase, github.com/pocketbase/pocketbase/examples/base,"
        + " github.com/pocketbase/pocketbase, pocketbase",
    "/go/bin/jaeger, github.com/jaegertracing/jaeger/cmd/all-in-one,"
        + " github.com/jaegertracing/jaeger, jaeger",
    "/srv/cart (deleted), example.com/shop/cmd/cart-server, example.com/shop, cart",
    "/opt/prometheus, '', '', prometheus",
    // Those that have none: a program of several, then the module.
    "/app/main, example.com/shop/cmd/cart, example.com/shop, cart",
    "/server, example.com/shop/cmd/cart/v2, example.com/shop, cart",
    "/app/app, example.com/shop/cmd, example.com/shop, shop",
    "/a.out, example.com/shop/v2, example.com/shop/v2, shop",
    "/service, example.com/tools/base, example.com/shop, shop",
    "/bin/server, command-line-arguments, example.com/shop, shop",
    "/bin/server, example.com/shop, '', shop",
    // Builds for tests, trials and debuggers.
    "/tmp/go-build1/b001/chi.test, github.com/go-chi/chi/v5.test, github.com/go-chi/chi/v5, chi",
    "/src/middleware.test, github.com/labstack/echo/v4/middleware.test,"
        + " github.com/labstack/echo/v4, echo",
    "/tmp/go-build1/b001/http.test, net/http.test, '', http",
    "/tmp/go-build77/b001/exe/main, command-line-arguments, example.com/shop, shop",
    "/tmp/go-build77/b001/exe/cart, example.com/shop/cmd/cart, example.com/shop, cart",
    "/src/__debug_bin4711, example.com/shop, example.com/shop, shop",
    "/tmp/___go_build_main_go, command-line-arguments, example.com/shop, shop",
    // Those of which nothing is known.
    "/main, command-line-arguments, '', unknown_service:main",
    "/app, '', '', unknown_service:app",
    "'', '', '', unknown_service",
  })
  void aServiceWithoutANameIsCalledLikeItsProgram(
      String executable, String packagePath, String module, String name) {
    GoBuild go = new GoBuild("go1.26.8", packagePath, module, "", Map.of());
    assertThat(
            resource(process(NAMELESS, Map.of(), executable, go), ResourceSettings.defaults("1")))
        .containsEntry("service.name", name);
  }

  @Test
  void anExecutableThatWasReplacedKeepsItsName() {
    assertThat(ServiceName.fileName("/srv/cart (deleted)")).isEqualTo("cart");
  }

  @ParameterizedTest
  @CsvSource({
    "v1.4.2, abc, true, v1.4.2",
    "(devel), abc, false, abc",
    "(devel), abc, true, abc+dirty",
    "'', , ,",
  })
  void theVersionIsTheModulesOrElseTheRevision(
      String module, String revision, String modified, String version) {
    Map<String, String> settings = new HashMap<>();
    if (revision != null) {
      settings.put("vcs.revision", revision);
      settings.put("vcs.modified", modified);
    }
    GoBuild go = new GoBuild("go1.26.8", "p", "p", module, settings);
    assertThat(
            resource(process(NAMELESS, Map.of(), go), ResourceSettings.defaults("1"))
                .get("service.version"))
        .isEqualTo(version);
  }

  @Test
  void attributesOfTheTargetWinOverWhatWasFound() {
    assertThat(resource(NAMELESS, "team", "a", "service.version", "9", "host.name", "h"))
        .containsEntry("team", "a")
        .containsEntry("service.version", "9")
        .containsEntry("host.name", "h");
  }

  @Test
  void theTargetCannotSayWhatTheAgentIs() {
    assertThat(resource(NAMELESS, "telemetry.sdk.name", "opentelemetry"))
        .containsEntry("telemetry.sdk.name", "goshawk");
  }

  /** Whatever a process or its builder wrote, it adds no more than that to each request. */
  @Test
  void aProcessThatSaysTooMuchIsCutAndKeepsWhatMatters() {
    Map<String, String> own = new HashMap<>();
    for (int i = 0; i < 2_000; i++) {
      own.put("key" + i, "v".repeat(1_000));
    }
    own.put("k".repeat(100_000), "value");
    own.put("telemetry.sdk.name", "x".repeat(10_000));
    GoBuild build =
        new GoBuild(
            "go" + "1".repeat(2_000_000),
            "example.com/" + "a/".repeat(1_000_000),
            "",
            "v" + "1".repeat(2_000_000),
            Map.of());
    Map<String, Object> resource =
        resource(process(Optional.of("cart"), own, build), ResourceSettings.defaults("1.2.3"));

    assertThat(resource)
        .containsEntry("service.name", "cart")
        .containsEntry("telemetry.sdk.name", "goshawk")
        .containsEntry("process.pid", 4711L)
        .hasSizeBetween(50, BoundedAttributes.MAX_COUNT + 1);
    assertThat(resource.get("service.version"))
        .isEqualTo("v" + "1".repeat(BoundedAttributes.MAX_VALUE_CHARS - 1));
    assertThat(resource.get("goshawk.truncated").toString())
        .contains("service.version", "process.runtime.version");
    int chars = resource.toString().length();
    assertThat(chars)
        .isLessThan(BoundedAttributes.MAX_CHARS + 4 * BoundedAttributes.MAX_COUNT + 5_000);
  }

  @Test
  void aValueThatWasCutAndThenReplacedIsNotMarked() {
    String name = "n".repeat(BoundedAttributes.MAX_VALUE_CHARS + 1);
    assertThat(resource(Optional.of("short"), "service.name", name))
        .containsEntry("service.name", "short")
        .doesNotContainKey("goshawk.truncated");
    assertThat(resource(NAMELESS, "team", name))
        .containsEntry("team", name.substring(1))
        .containsEntry("goshawk.truncated", java.util.List.of("team"));
  }
}
