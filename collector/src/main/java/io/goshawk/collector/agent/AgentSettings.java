// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import static io.goshawk.config.component.GoshawkReceiverConfig.ATTRIBUTION;
import static io.goshawk.config.component.GoshawkReceiverConfig.BREAKER;
import static io.goshawk.config.component.GoshawkReceiverConfig.EXCLUDE;
import static io.goshawk.config.component.GoshawkReceiverConfig.HEADERS;
import static io.goshawk.config.component.GoshawkReceiverConfig.HTTP;
import static io.goshawk.config.component.GoshawkReceiverConfig.INCLUDE;
import static io.goshawk.config.component.GoshawkReceiverConfig.LIMITS;
import static io.goshawk.config.component.GoshawkReceiverConfig.PARENT_SOURCE;
import static io.goshawk.config.component.GoshawkReceiverConfig.QUOTAS;
import static io.goshawk.config.component.GoshawkReceiverConfig.RESOURCE_ATTRIBUTES;
import static io.goshawk.config.component.GoshawkReceiverConfig.ROWS;
import static io.goshawk.config.component.GoshawkReceiverConfig.RPC;
import static io.goshawk.config.component.GoshawkReceiverConfig.SAMPLING;
import static io.goshawk.config.component.GoshawkReceiverConfig.SERVICE_NAME;
import static io.goshawk.config.component.GoshawkReceiverConfig.SQL;

import io.goshawk.abi.AbiLimit;
import io.goshawk.abi.HeaderSide;
import io.goshawk.abi.SqlSlow;
import io.goshawk.config.SamplerSettings;
import io.goshawk.config.component.GoshawkReceiverConfig.Exclude;
import io.goshawk.config.component.GoshawkReceiverConfig.Headers;
import io.goshawk.config.component.GoshawkReceiverConfig.Http;
import io.goshawk.config.component.GoshawkReceiverConfig.Include;
import io.goshawk.config.component.GoshawkReceiverConfig.Limits;
import io.goshawk.config.component.GoshawkReceiverConfig.Quotas;
import io.goshawk.config.component.GoshawkReceiverConfig.Rpc;
import io.goshawk.config.component.GoshawkReceiverConfig.Sampling;
import io.goshawk.config.component.GoshawkReceiverConfig.Sql;
import io.goshawk.config.schema.GoPattern;
import io.goshawk.config.schema.Key;
import io.goshawk.config.schema.Settings;
import io.goshawk.config.tree.Finding;
import io.goshawk.config.tree.Findings;
import io.goshawk.config.tree.InvalidConfigException;
import io.goshawk.loader.target.Glob;
import io.goshawk.loader.target.PathGlob;
import io.goshawk.loader.target.PortSet;
import io.goshawk.loader.target.TargetSelector;
import io.goshawk.spans.SpanSettings;
import io.goshawk.spans.data.AttributeLimits;
import io.goshawk.spans.headers.CapturedHeader;
import io.goshawk.spans.headers.HeaderSettings;
import io.goshawk.spans.http.HttpSettings;
import io.goshawk.spans.resource.ResourceSettings;
import io.goshawk.spans.rpc.RpcSettings;
import io.goshawk.spans.sql.SqlSettings;
import io.goshawk.spans.sql.SqlSettings.QueryText;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * What an agent does.
 *
 * @param targets the processes to trace, besides those it starts itself
 * @param spans what spans say
 * @param resources what is said of targets
 * @param kernel what the programs are told
 * @param rows which of them are wanted
 * @param quotas what each process may bring
 * @param breaker what rows may cost; empty for anything
 */
public record AgentSettings(
    TargetSelector targets,
    SpanSettings spans,
    ResourceSettings resources,
    KernelSettings kernel,
    RowChoice rows,
    QuotaSettings quotas,
    Optional<BreakerSettings> breaker) {

  /** Headers that are credentials, which are redacted whatever anybody says. */
  private static final Set<String> CREDENTIALS =
      Set.of("authorization", "cookie", "set-cookie", "proxy-authorization", "x-api-key");

  /**
   * By the keys of the receiver {@code goshawk}.
   *
   * @param version of Goshawk
   * @throws InvalidConfigException if a pattern or a port cannot be used
   */
  public static AgentSettings of(Settings receiver, String version) {
    Settings sampling = receiver.get(SAMPLING);
    List<CapturedHeader> headers = headers(receiver);
    return new AgentSettings(
        targets(receiver),
        spans(receiver, headers, version),
        new ResourceSettings(
            version, receiver.find(SERVICE_NAME), receiver.get(RESOURCE_ATTRIBUTES)),
        KernelSettings.of(
            SamplerSettings.of(sampling.get(Sampling.SAMPLER), sampling.get(Sampling.RATIO)),
            sqlSlow(receiver.get(SQL)),
            headers,
            whole(receiver.get(QUOTAS).get(Quotas.OPEN_SHARE))),
        RowChoice.of(receiver.get(ATTRIBUTION), receiver.get(ROWS)),
        QuotaSettings.of(receiver.get(QUOTAS)),
        BreakerSettings.of(receiver.get(BREAKER)));
  }

  /** The same, where headers have other numbers. */
  AgentSettings withHeaders(List<CapturedHeader> byNumber) {
    return new AgentSettings(
        targets,
        spans.with(new HeaderSettings(byNumber)),
        resources,
        kernel,
        rows,
        quotas,
        breaker);
  }

  private static TargetSelector targets(Settings receiver) {
    Findings findings = new Findings();
    TargetSelector included =
        selector(
            new Criteria(receiver.get(INCLUDE), INCLUDE, findings),
            Include.PIDS,
            Include.EXECUTABLES,
            Include.PORTS,
            Include.CGROUPS,
            Include.CONTAINERS,
            Include.SERVICE_NAMES);
    TargetSelector excluded =
        selector(
            new Criteria(receiver.get(EXCLUDE), EXCLUDE, findings),
            Exclude.PIDS,
            Exclude.EXECUTABLES,
            Exclude.PORTS,
            Exclude.CGROUPS,
            Exclude.CONTAINERS,
            Exclude.SERVICE_NAMES);
    findings.throwIfAny();
    return included.without(excluded);
  }

  private static TargetSelector selector(
      Criteria criteria,
      Key<List<Long>> pidsKey,
      Key<List<String>> executablesKey,
      Key<List<String>> portsKey,
      Key<List<String>> cgroupsKey,
      Key<List<String>> containersKey,
      Key<List<String>> serviceNamesKey) {
    Set<Integer> pids = new HashSet<>();
    criteria.settings.get(pidsKey).forEach(pid -> pids.add(pid.intValue()));
    List<PathGlob> executables = criteria.each(executablesKey, PathGlob::new);
    PortSet ports = PortSet.NONE;
    for (PortSet more : criteria.each(portsKey, PortSet::parse)) {
      ports = ports.plus(more);
    }
    return new TargetSelector(
        pids,
        executables,
        ports,
        criteria.each(cgroupsKey, PathGlob::new),
        criteria.settings.get(containersKey),
        criteria.each(serviceNamesKey, Glob::new),
        Optional.empty());
  }

  /**
   * Which processes a section names.
   *
   * @param key of the section
   * @param findings take all that cannot be used
   */
  private record Criteria(Settings settings, Key<Settings> key, Findings findings) {
    <T> List<T> each(Key<List<String>> criterion, Function<String, T> reader) {
      List<T> read = new ArrayList<>();
      List<String> texts = settings.get(criterion);
      for (int i = 0; i < texts.size(); i++) {
        try {
          read.add(reader.apply(texts.get(i)));
        } catch (IllegalArgumentException e) {
          findings.error(
              settings.origin(criterion),
              Finding.element(Key.path("receivers::goshawk", key, criterion), i),
              "\"" + texts.get(i) + "\": " + e.getMessage());
        }
      }
      return read;
    }
  }

  private static SpanSettings spans(
      Settings receiver, List<CapturedHeader> headers, String version) {
    Settings limits = receiver.get(LIMITS);
    return new SpanSettings(
        version,
        new AttributeLimits(
            whole(limits.get(Limits.ATTRIBUTES)),
            limits
                .find(Limits.ATTRIBUTE_VALUE_LENGTH)
                .map(AgentSettings::whole)
                .orElse(Integer.MAX_VALUE)),
        receiver.get(PARENT_SOURCE),
        List.of(
            http(receiver.get(HTTP)),
            new RpcSettings(receiver.get(RPC).get(Rpc.CONVENTIONS).equals("dup")),
            sql(receiver.get(SQL)),
            new HeaderSettings(headers)));
  }

  private static int whole(long limit) {
    return (int) Math.min(Integer.MAX_VALUE, limit);
  }

  private static HttpSettings http(Settings settings) {
    HttpSettings http =
        settings.says(Http.KNOWN_METHODS)
            ? HttpSettings.DEFAULT.withKnownMethods(new HashSet<>(settings.get(Http.KNOWN_METHODS)))
            : HttpSettings.DEFAULT;
    return http.redacting(new HashSet<>(settings.get(Http.REDACT_QUERY_KEYS)));
  }

  /** Each once, with the number that is its place. */
  private static List<CapturedHeader> headers(Settings receiver) {
    Settings settings = receiver.get(HEADERS);
    Set<CapturedHeader> captured = new LinkedHashSet<>();
    for (HeaderSide side : HeaderSide.values()) {
      for (String name : settings.get(key(side))) {
        captured.add(new CapturedHeader(side, name, isRedacted(name, settings)));
      }
    }
    int most = AbiLimit.CAPTURED_NAMES_MAX.value();
    if (captured.size() > most) {
      throw new InvalidConfigException(
          List.of(
              new Finding(
                  receiver.origin(HEADERS),
                  "receivers::goshawk::headers",
                  captured.size() + " names, of which there may be " + most)));
    }
    return List.copyOf(captured);
  }

  private static Key<List<String>> key(HeaderSide side) {
    return switch (side) {
      case HEADERS_SERVER_REQUEST -> Headers.SERVER_REQUEST;
      case HEADERS_SERVER_RESPONSE -> Headers.SERVER_RESPONSE;
      case HEADERS_CLIENT_REQUEST -> Headers.CLIENT_REQUEST;
      case HEADERS_CLIENT_RESPONSE -> Headers.CLIENT_RESPONSE;
      case HEADERS_RPC_SERVER_REQUEST -> Headers.RPC_SERVER_REQUEST;
      case HEADERS_RPC_CLIENT_REQUEST -> Headers.RPC_CLIENT_REQUEST;
      case HEADERS_RPC_SERVER_RESPONSE -> Headers.RPC_SERVER_RESPONSE;
      case HEADERS_RPC_CLIENT_RESPONSE -> Headers.RPC_CLIENT_RESPONSE;
    };
  }

  private static boolean isRedacted(String name, Settings settings) {
    return CREDENTIALS.contains(name)
        || settings.get(Headers.REDACT).stream()
            .anyMatch(pattern -> GoPattern.compile("(?i:" + pattern.source() + ")").fits(name));
  }

  private static int sqlSlow(Settings settings) {
    return switch (settings.get(Sql.SLOW)) {
      case "mean" -> SqlSlow.SQL_SLOW_MEAN.value();
      case "limit" -> {
        long micros = TimeUnit.MICROSECONDS.convert(settings.get(Sql.SLOW_LIMIT));
        yield (int) Math.max(1, Math.min(micros, SqlSlow.SQL_SLOW_MEAN.value() - 1));
      }
      default -> SqlSlow.SQL_SLOW_OFF.value();
    };
  }

  private static SqlSettings sql(Settings settings) {
    return new SqlSettings(
        QueryText.valueOf(settings.get(Sql.TEXT).toUpperCase(Locale.ROOT)),
        whole(settings.get(Sql.TEXT_LIMIT)));
  }
}
