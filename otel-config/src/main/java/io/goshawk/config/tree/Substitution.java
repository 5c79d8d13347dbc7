// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.tree;

import io.goshawk.config.tree.ScalarNode.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts environment variables into scalars: <code>${env:VAR}</code>, <code>${VAR}</code>, <code>
 * ${env:VAR:-default}</code>, with variables in the default, too; <code>$$</code> is a dollar sign.
 *
 * <p>What a variable holds stays inside its scalar and is not looked through again, so that no
 * variable can bring in a key, a list or another variable (OpenTelemetry specification,
 * configuration/data-model.md, "Environment variable substitution").
 */
final class Substitution {
  private static final Pattern REFERENCE =
      Pattern.compile("(?:env:)?([a-zA-Z_][a-zA-Z0-9_]*+)(?::-(.*+))?+", Pattern.DOTALL);

  /** A value longer than this is no setting. */
  private static final int MAX_CHARACTERS = 1 << 20;

  /** Defaults in defaults. */
  private static final int MAX_DEPTH = 16;

  private final Map<String, String> variables;
  private final Findings findings;

  Substitution(Map<String, String> variables, Findings findings) {
    this.variables = variables;
    this.findings = findings;
  }

  /**
   * The scalar with its variables put in.
   *
   * @param path the keys that lead to it
   * @param plain whether it was written without quotes
   */
  ScalarNode apply(Origin origin, Supplier<String> path, String written, boolean plain) {
    if (written.indexOf('$') < 0) {
      return plain ? ScalarNode.plain(origin, written) : ScalarNode.text(origin, written);
    }
    List<String> used = new ArrayList<>();
    String text = expanded(origin, path, written, used, 0);
    // A variable alone is what it looks like, with or without quotes; amid other text it is text.
    boolean whole = written.startsWith("${") && end(written, 0) == written.length();
    return new ScalarNode(origin, whole ? CoreSchema.kind(text) : Kind.TEXT, text, used);
  }

  /**
   * The text with its variables put in.
   *
   * @param depth in how many defaults it stands
   */
  private String expanded(
      Origin origin, Supplier<String> path, String written, List<String> used, int depth) {
    StringBuilder text = new StringBuilder();
    int at = 0;
    while (at < written.length()) {
      if (written.startsWith("$$", at)) {
        text.append('$');
        at += 2;
      } else if (written.startsWith("${", at)) {
        int end = end(written, at);
        if (end < 0) {
          findings.error(
              origin, path.get(), "has a ${ that no } closes; write $$ for the character itself");
          return written;
        }
        text.append(value(origin, path, written.substring(at + 2, end - 1), used, depth));
        at = end;
      } else {
        text.append(written.charAt(at++));
      }
      if (text.length() > MAX_CHARACTERS) {
        throw new InvalidConfigException(
            origin, "is longer than " + MAX_CHARACTERS + " characters with its variables");
      }
    }
    return text.toString();
  }

  /** Where the reference ends that begins there; -1 if it does not. */
  private static int end(String written, int start) {
    int open = 0;
    for (int at = start; at < written.length(); at++) {
      if (written.startsWith("${", at)) {
        open++;
      } else if (written.charAt(at) == '}' && --open == 0) {
        return at + 1;
      }
    }
    return -1;
  }

  private String value(
      Origin origin, Supplier<String> path, String reference, List<String> used, int depth) {
    Matcher matcher = REFERENCE.matcher(reference);
    if (!matcher.matches()) {
      findings.error(
          origin,
          path.get(),
          "\"${"
              + reference
              + "}\" names no environment variable; write ${env:NAME} or ${env:NAME:-default}");
      return "";
    }
    String name = matcher.group(1);
    String fallback = matcher.group(2);
    String value = variables.getOrDefault(name, "");
    if (!value.isEmpty()) {
      used.add(name);
      return value;
    }
    if (fallback == null) {
      findings.warning(origin, path.get(), "the variable " + name + " is not set, taken as empty");
      return "";
    }
    if (depth == MAX_DEPTH) {
      findings.error(origin, path.get(), "has defaults in defaults, more than " + MAX_DEPTH);
      return "";
    }
    return expanded(origin, path, fallback, used, depth + 1);
  }
}
