// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.component;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Every component that is declared, and which of them can run.
 *
 * <p>A component that is declared and cannot run yet is refused in words; {@link #RUNNABLE} is the
 * one place that says so.
 */
public final class Catalogue {

  private static final List<Declaration> DECLARED =
      List.of(
          GoshawkReceiverConfig.DECLARATION,
          OtlpReceiverConfig.DECLARATION,
          MemoryLimiterConfig.DECLARATION,
          BatchConfig.DECLARATION,
          AttributesConfig.DECLARATION,
          ResourceConfig.DECLARATION,
          FilterConfig.DECLARATION,
          ProbabilisticSamplerConfig.DECLARATION,
          TailSamplingConfig.DECLARATION,
          OtlpGrpcExporterConfig.DECLARATION,
          OtlpHttpExporterConfig.DECLARATION,
          FileExporterConfig.DECLARATION,
          DebugExporterConfig.DECLARATION,
          NopExporterConfig.DECLARATION,
          PrometheusExporterConfig.DECLARATION,
          SpanMetricsConfig.DECLARATION,
          ServiceGraphConfig.DECLARATION,
          HealthCheckConfig.DECLARATION,
          ZpagesConfig.DECLARATION,
          FileStorageConfig.DECLARATION,
          BearerTokenAuthConfig.DECLARATION,
          BasicAuthConfig.DECLARATION,
          HeadersSetterConfig.DECLARATION);

  private static final Set<Declaration> RUNNABLE =
      Set.of(
          GoshawkReceiverConfig.DECLARATION,
          OtlpReceiverConfig.DECLARATION,
          MemoryLimiterConfig.DECLARATION,
          BatchConfig.DECLARATION,
          AttributesConfig.DECLARATION,
          ResourceConfig.DECLARATION,
          FilterConfig.DECLARATION,
          ProbabilisticSamplerConfig.DECLARATION,
          TailSamplingConfig.DECLARATION,
          OtlpGrpcExporterConfig.DECLARATION,
          OtlpHttpExporterConfig.DECLARATION,
          FileExporterConfig.DECLARATION,
          DebugExporterConfig.DECLARATION,
          PrometheusExporterConfig.DECLARATION,
          NopExporterConfig.DECLARATION,
          SpanMetricsConfig.DECLARATION,
          ServiceGraphConfig.DECLARATION,
          HealthCheckConfig.DECLARATION,
          ZpagesConfig.DECLARATION,
          FileStorageConfig.DECLARATION,
          BearerTokenAuthConfig.DECLARATION,
          BasicAuthConfig.DECLARATION,
          HeadersSetterConfig.DECLARATION);

  private final List<Declaration> declared;
  private final Set<Declaration> runnable;

  private Catalogue(List<Declaration> declared, Set<Declaration> runnable) {
    this.declared = List.copyOf(declared);
    this.runnable = Set.copyOf(runnable);
  }

  /** What this build can run, and what it knows besides. */
  public static Catalogue standard() {
    return new Catalogue(DECLARED, RUNNABLE);
  }

  /** As if everything that is declared could run. */
  public static Catalogue complete() {
    return new Catalogue(DECLARED, Set.copyOf(DECLARED));
  }

  /** All that is declared, in the order in which a pipeline has them. */
  public List<Declaration> declared() {
    return declared;
  }

  /** Those of a kind. */
  public List<Declaration> of(ComponentKind kind) {
    return declared.stream().filter(declaration -> declaration.kind() == kind).toList();
  }

  /** Whether it can run. */
  public boolean runs(Declaration declaration) {
    return runnable.contains(declaration);
  }

  /** The component of a kind that has this name, be it a deprecated one. */
  Optional<Declaration> find(ComponentKind kind, String type) {
    return of(kind).stream()
        .filter(d -> d.type().equals(type) || d.aliases().contains(type))
        .findFirst();
  }

  /** The names of the components of a kind that can run. */
  List<String> types(ComponentKind kind) {
    return of(kind).stream().filter(this::runs).map(Declaration::type).toList();
  }
}
