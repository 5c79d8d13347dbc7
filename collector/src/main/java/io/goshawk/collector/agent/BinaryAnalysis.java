// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.agent;

import io.goshawk.collector.agent.BinaryProbes.Outcome;
import io.goshawk.loader.elf.Budget;
import io.goshawk.loader.go.BuildInfo;
import io.goshawk.loader.go.GoExecutable;
import io.goshawk.loader.go.GoExecutables;
import io.goshawk.loader.go.OpenResult;
import io.goshawk.loader.probe.PlannedRow;
import io.goshawk.loader.probe.ProbePlan;
import io.goshawk.loader.probe.ProbePlanner;
import io.goshawk.loader.probe.SupportedGo;
import io.goshawk.loader.probe.UntracedServer;
import io.goshawk.spans.resource.TargetProcess.GoBuild;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What was found in an executable. */
sealed interface BinaryAnalysis {

  /**
   * There is something to attach to.
   *
   * @param warnings what is to be said of it nevertheless
   */
  record Suitable(ProbePlan plan, String architecture, GoBuild build, List<String> warnings)
      implements BinaryAnalysis {}

  /** There is not. */
  record Unsuitable(Outcome.Hindered why) implements BinaryAnalysis {}

  /** Looks into a file. */
  static BinaryAnalysis of(Path file, Budget budget) {
    return GoExecutables.examine(file, budget, BinaryAnalysis::of);
  }

  /**
   * Reads only what a file says of its build; empty if it is no Go program that can be traced.
   *
   * @throws IOException if it cannot be read
   */
  static Optional<GoBuild> build(Path file, Budget budget) throws IOException {
    try {
      return GoExecutables.examine(file, budget, BinaryAnalysis::buildOf);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static Optional<GoBuild> buildOf(OpenResult result) {
    if (result instanceof OpenResult.Unreadable unreadable) {
      throw new UncheckedIOException(new IOException(unreadable.reason()));
    }
    return result instanceof OpenResult.Opened opened
        ? Optional.of(build(opened.executable()))
        : Optional.empty();
  }

  private static BinaryAnalysis of(OpenResult result) {
    if (result instanceof OpenResult.Opened opened) {
      return of(opened.executable());
    }
    if (result instanceof OpenResult.NotGo notGo) {
      return new Unsuitable(
          new Outcome.Impossible("no Go program that can be traced: " + notGo.reason(), false));
    }
    if (result instanceof OpenResult.Malformed malformed) {
      return new Unsuitable(
          new Outcome.Impossible(
              "its binary is damaged at offset %d: %s; build it again"
                  .formatted(malformed.offset(), malformed.reason()),
              true));
    }
    if (result instanceof OpenResult.TooCostly costly) {
      return new Unsuitable(
          new Outcome.Impossible("its binary is too costly to be read: " + costly.reason(), true));
    }
    return new Unsuitable(new Outcome.Failed(((OpenResult.Unreadable) result).reason()));
  }

  private static BinaryAnalysis of(GoExecutable executable) {
    ProbePlan plan = ProbePlanner.plan(executable);
    Optional<String> untraced = UntracedServer.warning(UntracedServer.in(executable));
    if (!plan.tracesAnything()) {
      return new Unsuitable(nothing(plan, untraced));
    }
    return new Suitable(
        plan,
        executable.architecture().name().toLowerCase(Locale.ROOT),
        build(executable),
        Stream.concat(SupportedGo.warning(executable.version()).stream(), untraced.stream())
            .toList());
  }

  private static Outcome.Impossible nothing(ProbePlan plan, Optional<String> untraced) {
    return plan.rows().stream()
        .map(PlannedRow::state)
        .filter(PlannedRow.Off.class::isInstance)
        .map(PlannedRow.Off.class::cast)
        .min(Comparator.comparing(BinaryAnalysis::isAbsent))
        .map(
            off ->
                isAbsent(off) && untraced.isPresent()
                    ? new Outcome.Impossible(untraced.get(), true)
                    : new Outcome.Impossible(off.reason(), !isAbsent(off)))
        .orElseGet(() -> new Outcome.Impossible("there is nothing in it to trace", false));
  }

  private static boolean isAbsent(PlannedRow.Off off) {
    return off.cause() == PlannedRow.Cause.ABSENT;
  }

  private static GoBuild build(GoExecutable executable) {
    BuildInfo info = executable.buildInfo();
    Map<String, String> settings = new HashMap<>();
    info.settings()
        .forEach(
            (key, value) -> {
              if (key.startsWith("vcs.")) {
                settings.put(key, value);
              }
            });
    return new GoBuild(
        executable.version().text(),
        info.path(),
        info.main().path(),
        info.main().version(),
        settings);
  }
}
