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
 * ${env:VAR:-default}</code>; <code>$$</code> is a dollar sign.
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
    StringBuilder text = new StringBuilder();
    List<String> used = new ArrayList<>();
    boolean whole = false;
    int at = 0;
    while (at < written.length()) {
      char c = written.charAt(at);
      char next = at + 1 < written.length() ? written.charAt(at + 1) : 0;
      if (c == '$' && next == '$') {
        text.append('$');
        at += 2;
      } else if (c == '$' && next == '{') {
        int close = written.indexOf('}', at);
        if (close < 0) {
          findings.error(
              origin, path.get(), "has a ${ that no } closes; write $$ for the character itself");
          return ScalarNode.text(origin, written);
        }
        text.append(value(origin, path, written.substring(at + 2, close), used));
        whole = at == 0 && close == written.length() - 1;
        at = close + 1;
      } else {
        text.append(c);
        at++;
      }
      if (text.length() > MAX_CHARACTERS) {
        throw new InvalidConfigException(
            origin, "is longer than " + MAX_CHARACTERS + " characters with its variables");
      }
    }
    // A variable alone is what it looks like, with or without quotes; amid other text it is text.
    Kind kind = whole ? CoreSchema.kind(text.toString()) : Kind.TEXT;
    return new ScalarNode(origin, kind, text.toString(), used);
  }

  private String value(Origin origin, Supplier<String> path, String reference, List<String> used) {
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
    }
    return fallback == null ? "" : fallback;
  }
}
