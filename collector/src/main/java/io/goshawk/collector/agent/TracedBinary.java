package io.goshawk.collector.agent;

import io.goshawk.loader.target.BinaryIdentity;
import io.goshawk.spans.resource.TargetProcess.GoBuild;

/**
 * A binary that carries probes. Its policy belongs to the drain thread, everything else to the
 * control thread.
 */
final class TracedBinary {

  /** No span starts that late. */
  static final long NEVER = Long.MAX_VALUE;

  private final int id;
  private final BinaryIdentity identity;
  private final String name;
  private final String architecture;
  private final GoBuild build;
  private final RouteProbePolicy routePolicy = new RouteProbePolicy();
  private volatile long routeProbeSinceNanos = NEVER;

  /**
   * A binary.
   *
   * @param id its key in the map {@code binaries}
   * @param name what the user calls it: its path
   * @param architecture as Go names it: {@code amd64}
   * @param build what it says of its build
   */
  TracedBinary(int id, BinaryIdentity identity, String name, String architecture, GoBuild build) {
    this.id = id;
    this.identity = identity;
    this.name = name;
    this.architecture = architecture;
    this.build = build;
  }

  int id() {
    return id;
  }

  BinaryIdentity identity() {
    return identity;
  }

  String name() {
    return name;
  }

  String architecture() {
    return architecture;
  }

  GoBuild build() {
    return build;
  }

  RouteProbePolicy routePolicy() {
    return routePolicy;
  }

  /** CLOCK_MONOTONIC since when the route probe is there; {@link #NEVER} while it is not. */
  long routeProbeSinceNanos() {
    return routeProbeSinceNanos;
  }

  void routeProbeSince(long nanos) {
    routeProbeSinceNanos = nanos;
  }

  /** Path and Go version. */
  @Override
  public String toString() {
    return name + " (" + build.version() + ")";
  }
}
