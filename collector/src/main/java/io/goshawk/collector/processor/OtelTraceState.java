// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.processor;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

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

  private static final int MOST_CHARACTERS = 1024;
  private static final int MOST_ENTRIES = 31;
  private static final int MOST_OWN_CHARACTERS = 256;

  /** W3C Trace Context, section 3.3.1.3. */
  private static final Pattern ENTRY =
      Pattern.compile(
          "(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})"
              + "=[ -+--<>-~]{0,255}[!-+--<>-~]");

  private static final Pattern MEMBER = Pattern.compile("[a-z][a-z0-9]*:[a-zA-Z0-9._-]*");
  private static final Pattern THRESHOLD = Pattern.compile("th:[0-9a-fA-F]{1,14}");
  private static final Pattern RANDOMNESS = Pattern.compile("rv:[0-9a-fA-F]{14}");

  /** Reads a header; empty if it is malformed. */
  static Optional<OtelTraceState> parse(String header) {
    List<String> others = new ArrayList<>();
    List<String> rest = new ArrayList<>();
    OptionalLong threshold = OptionalLong.empty();
    OptionalLong randomness = OptionalLong.empty();
    if (header.length() > MOST_CHARACTERS) {
      return Optional.empty();
    }
    String[] entries = header.split(",");
    if (entries.length > MOST_ENTRIES) {
      return Optional.empty();
    }
    for (String written : entries) {
      String entry = written.strip();
      if (entry.isEmpty()) {
        continue;
      }
      if (!ENTRY.matcher(entry).matches()) {
        return Optional.empty();
      }
      if (!entry.startsWith("ot=")) {
        others.add(entry);
        continue;
      }
      String own = entry.substring("ot=".length());
      if (own.length() > MOST_OWN_CHARACTERS) {
        return Optional.empty();
      }
      for (String member : own.split(";", -1)) {
        if (!MEMBER.matcher(member).matches()) {
          return Optional.empty();
        }
        if (member.startsWith("th:")) {
          if (!THRESHOLD.matcher(member).matches()) {
            return Optional.empty();
          }
          String digits = member.substring("th:".length());
          threshold = OptionalLong.of(hex(digits + "0".repeat(DIGITS - digits.length())));
        } else if (member.startsWith("rv:")) {
          if (!RANDOMNESS.matcher(member).matches()) {
            return Optional.empty();
          }
          randomness = OptionalLong.of(hex(member.substring("rv:".length())));
        } else {
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

  /** With another randomness. */
  OtelTraceState withRandomness(long value) {
    return new OtelTraceState(others, threshold, OptionalLong.of(value), rest);
  }

  /** Whether it says how the trace was sampled, or is to be. */
  boolean hasSampling() {
    return threshold.isPresent() || randomness.isPresent();
  }

  /** As a header. */
  String header() {
    List<String> members = new ArrayList<>();
    randomness.ifPresent(value -> members.add("rv:" + "%014x".formatted(value)));
    threshold.ifPresent(value -> members.add("th:" + trimmed(value)));
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
