// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * OpenTelemetry's entry of a {@code tracestate} header, {@code ot=th:8;rv:...}: the threshold that
 * a trace was sampled by, and its randomness (specification,
 * trace/tracestate-probability-sampling.md). Everything else in the header is kept as it is.
 *
 * @param others the header's other entries
 * @param threshold of 56 bits; empty if it says none
 * @param randomness of 56 bits; empty if it is that of the trace id
 * @param rest the entry's other members
 */
record OtelTraceState(
    List<String> others, OptionalLong threshold, OptionalLong randomness, List<String> rest) {
  /** As many hexadecimal digits have 56 bits. */
  static final int DIGITS = 14;

  OtelTraceState {
    others = List.copyOf(others);
    rest = List.copyOf(rest);
  }

  /** Reads a header; empty if OpenTelemetry's entry of it is malformed. */
  static Optional<OtelTraceState> parse(String header) {
    List<String> others = new ArrayList<>();
    List<String> rest = new ArrayList<>();
    OptionalLong threshold = OptionalLong.empty();
    OptionalLong randomness = OptionalLong.empty();
    for (String entry : header.split(",")) {
      if (!entry.strip().startsWith("ot=")) {
        if (!entry.isBlank()) {
          others.add(entry.strip());
        }
        continue;
      }
      for (String member : entry.strip().substring("ot=".length()).split(";")) {
        if (member.startsWith("th:")) {
          if (!member.matches("th:[0-9a-f]{1,14}")) {
            return Optional.empty();
          }
          String digits = member.substring("th:".length());
          threshold = OptionalLong.of(hex(digits + "0".repeat(DIGITS - digits.length())));
        } else if (member.startsWith("rv:")) {
          if (!member.matches("rv:[0-9a-f]{14}")) {
            return Optional.empty();
          }
          randomness = OptionalLong.of(hex(member.substring("rv:".length())));
        } else if (!member.isEmpty()) {
          rest.add(member);
        }
      }
    }
    return Optional.of(new OtelTraceState(others, threshold, randomness, rest));
  }

  private static long hex(String digits) {
    return Long.parseLong(digits, 16);
  }

  /** With another threshold. */
  OtelTraceState withThreshold(long value) {
    return new OtelTraceState(others, OptionalLong.of(value), randomness, rest);
  }

  /** As a header. */
  String header() {
    List<String> members = new ArrayList<>();
    threshold.ifPresent(value -> members.add("th:" + trimmed(value)));
    randomness.ifPresent(value -> members.add("rv:" + "%014x".formatted(value)));
    members.addAll(rest);
    List<String> entries = new ArrayList<>();
    if (!members.isEmpty()) {
      entries.add("ot=" + String.join(";", members));
    }
    entries.addAll(others);
    return String.join(",", entries);
  }

  /** Zeros at the end are left out; at least one digit is written. */
  private static String trimmed(long value) {
    return "%014x".formatted(value).replaceAll("(?<=.)0+$", "");
  }
}
