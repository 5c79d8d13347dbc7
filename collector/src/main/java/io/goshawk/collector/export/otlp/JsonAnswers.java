// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.export.otlp;

import io.goshawk.collector.pipeline.ExportOutcome;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/**
 * The few members that matter of a backend's answer in JSON: a scan for {@code "name": value} at
 * any depth, which no nesting, length or order of members can upset.
 */
final class JsonAnswers {
  private JsonAnswers() {}

  /** An {@code ExportTraceServiceResponse} or an {@code ExportMetricsServiceResponse}. */
  static ExportOutcome partialSuccess(byte[] body) {
    Map<String, String> members = members(body);
    long rejected = 0;
    try {
      rejected =
          Long.parseLong(
              members.getOrDefault(
                  "rejectedSpans", members.getOrDefault("rejectedDataPoints", "0")));
    } catch (NumberFormatException e) {
      return new ExportOutcome.Accepted(
          0, "its answer is no OTLP response: what was rejected is no number");
    }
    return BackendAnswers.accepted(
        rejected, BackendAnswers.cut(members.getOrDefault("errorMessage", "")));
  }

  /** The message of a {@code google.rpc.Status}, or the body as text. */
  static String message(byte[] body) {
    String message = members(body).get("message");
    return message != null ? message : new String(body, StandardCharsets.UTF_8);
  }

  /** All members whose value is a string or a number; the last of a name wins. */
  private static Map<String, String> members(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    Map<String, String> members = new HashMap<>();
    StringBuilder token = new StringBuilder();
    String name = null;
    String candidate = null;
    for (int i = 0; i < text.length(); ) {
      char c = text.charAt(i);
      if (c == '"') {
        token.setLength(0);
        i = string(text, i + 1, token);
        if (name != null) {
          members.put(name, token.toString());
          name = null;
        } else {
          candidate = token.toString();
        }
      } else if (c == ':') {
        name = candidate;
        candidate = null;
        i++;
      } else if (c == '-' || Character.isDigit(c)) {
        int from = i++;
        while (i < text.length() && "+-.eE0123456789".indexOf(text.charAt(i)) >= 0) {
          i++;
        }
        if (name != null) {
          members.put(name, text.substring(from, i));
          name = null;
        }
      } else {
        if (!Character.isWhitespace(c)) {
          name = null;
        }
        i++;
      }
    }
    return members;
  }

  /** Decodes a string from behind its opening quote; returns the place behind its closing one. */
  private static int string(String text, int from, StringBuilder out) {
    int i = from;
    while (i < text.length() && text.charAt(i) != '"') {
      char c = text.charAt(i++);
      if (c != '\\' || i == text.length()) {
        out.append(c);
        continue;
      }
      char escape = text.charAt(i++);
      switch (escape) {
        case 'n', 'r', 't', 'b', 'f' -> out.append(' ');
        case 'u' -> {
          int end = Math.min(i + 4, text.length());
          try {
            out.append((char) Integer.parseInt(text.substring(i, end), 16));
          } catch (NumberFormatException e) {
            out.append('?');
          }
          i = end;
        }
        default -> out.append(escape);
      }
    }
    return i + 1;
  }
}
