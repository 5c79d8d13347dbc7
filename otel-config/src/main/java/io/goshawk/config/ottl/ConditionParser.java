// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.ottl;

import io.goshawk.config.ottl.Expression.Operator;
import io.goshawk.config.schema.GoPattern;
import io.goshawk.config.schema.NearestWord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a condition:
 *
 * <pre>
 * or         = and { "or" and }
 * and        = not { "and" not }
 * not        = [ "not" ] comparison
 * comparison = value [ ("==" | "!=" | "&lt;" | "&lt;=" | ">" | ">=") value ]
 * value      = text | number | "true" | "false" | "nil" | ENUM | path | Function "(" values ")" | "(" or ")"
 * path       = [ context "." ] name [ "[" text "]" ]
 * </pre>
 */
public final class ConditionParser {
  private static final int MAX_CHARACTERS = 10_000;
  private static final int MAX_DEPTH = 50;

  /** Longer signs first. */
  private static final List<Operator> OPERATORS =
      List.of(
          Operator.EQUAL,
          Operator.NOT_EQUAL,
          Operator.LESS_OR_EQUAL,
          Operator.GREATER_OR_EQUAL,
          Operator.LESS,
          Operator.GREATER);

  /** The numbers of opentelemetry/proto/trace/v1/trace.proto. */
  private static final Map<String, Long> ENUMS =
      Map.of(
          "SPAN_KIND_UNSPECIFIED", 0L,
          "SPAN_KIND_INTERNAL", 1L,
          "SPAN_KIND_SERVER", 2L,
          "SPAN_KIND_CLIENT", 3L,
          "SPAN_KIND_PRODUCER", 4L,
          "SPAN_KIND_CONSUMER", 5L,
          "STATUS_CODE_UNSET", 0L,
          "STATUS_CODE_OK", 1L,
          "STATUS_CODE_ERROR", 2L);

  private final String text;
  private final Optional<Field.Context> context;
  private int at;
  private int depth;

  private ConditionParser(String text, Optional<Field.Context> context) {
    this.text = text;
    this.context = context;
  }

  /**
   * Reads one.
   *
   * @param context what names without a context belong to; empty if each has to have one
   * @throws ConditionException if it is none
   */
  public static Expression parse(String text, Optional<Field.Context> context)
      throws ConditionException {
    ConditionParser parser = new ConditionParser(text, context);
    if (text.length() > MAX_CHARACTERS) {
      throw parser.wrong(0, "is longer than " + MAX_CHARACTERS + " characters");
    }
    Expression expression = parser.or();
    if (!parser.atEnd()) {
      throw parser.wrong(parser.at, "\"" + parser.rest() + "\" is not expected here");
    }
    return expression;
  }

  // ---- from the outside to the inside

  private Expression or() throws ConditionException {
    if (++depth > MAX_DEPTH) {
      throw wrong(at, "is nested deeper than " + MAX_DEPTH + " levels");
    }
    List<Expression> parts = new ArrayList<>(List.of(and()));
    while (word("or")) {
      parts.add(and());
    }
    depth--;
    return parts.size() == 1 ? parts.get(0) : new Expression.Or(parts);
  }

  private Expression and() throws ConditionException {
    List<Expression> parts = new ArrayList<>(List.of(not()));
    while (word("and")) {
      parts.add(not());
    }
    return parts.size() == 1 ? parts.get(0) : new Expression.And(parts);
  }

  private Expression not() throws ConditionException {
    boolean not = word("not");
    Expression part = comparison();
    return not ? new Expression.Not(part) : part;
  }

  private Expression comparison() throws ConditionException {
    int start = skipBlanks();
    Expression left = value();
    for (Operator operator : OPERATORS) {
      if (sign(operator.sign())) {
        return new Expression.Comparison(operator, left, value());
      }
    }
    boolean answers =
        !(left instanceof Expression.Path)
            && !(left instanceof Expression.Literal literal
                && !(literal.value() instanceof Boolean));
    if (!answers && !atEnd() && text.charAt(at) != ')' && !isNamePart(text.charAt(at))) {
      throw wrong(at, "\"" + rest() + "\" is not expected here");
    }
    if (!answers) {
      throw wrong(start, "is a value and no condition; compare it with == or another operator");
    }
    return left;
  }

  private Expression value() throws ConditionException {
    int start = skipBlanks();
    if (atEnd()) {
      throw wrong(start, "a value is missing");
    }
    char c = text.charAt(at);
    if (c == '"') {
      return new Expression.Literal(quoted());
    }
    if (c == '(') {
      at++;
      Expression inside = or();
      expect(")");
      return inside;
    }
    if (c == '-' || c == '.' || isDigit(c)) {
      return number();
    }
    if (!Character.isLetter(c)) {
      throw wrong(start, "\"" + c + "\" is not expected here; text stands in double quotes");
    }
    String name = name();
    switch (name) {
      case "true", "false" -> {
        return new Expression.Literal(Boolean.parseBoolean(name));
      }
      case "nil" -> {
        return new Expression.Literal(null);
      }
      default -> {
        // An enumeration, a function or a path.
      }
    }
    if (ENUMS.containsKey(name)) {
      return new Expression.Literal(ENUMS.get(name));
    }
    if (name.startsWith("SPAN_KIND_") || name.startsWith("STATUS_CODE_")) {
      throw wrong(start, "\"" + name + "\" is not known" + NearestWord.hint(name, ENUMS.keySet()));
    }
    if (sign("(")) {
      return call(start, name);
    }
    return path(start, name);
  }

  private Expression call(int start, String name) throws ConditionException {
    Optional<Function> found = Function.of(name);
    if (found.isEmpty()) {
      throw wrong(
          start,
          "the function \"" + name + "\" is not known" + NearestWord.hint(name, Function.words()));
    }
    Function function = found.get();
    List<Expression> arguments = new ArrayList<>();
    int last = start;
    if (!sign(")")) {
      do {
        last = skipBlanks();
        arguments.add(value());
      } while (sign(","));
      expect(")");
    }
    if (arguments.size() != function.arguments()) {
      throw wrong(
          start,
          "%s takes %d arguments, not %d".formatted(name, function.arguments(), arguments.size()));
    }
    if (function == Function.IS_MATCH) {
      arguments.set(1, pattern(last, arguments.get(1)));
    }
    return new Expression.Call(function, arguments);
  }

  private Expression pattern(int start, Expression argument) throws ConditionException {
    if (!(argument instanceof Expression.Literal literal)
        || !(literal.value() instanceof String source)) {
      throw wrong(start, "the pattern of IsMatch has to be written out, in double quotes");
    }
    try {
      return new Expression.Pattern(GoPattern.compile(source));
    } catch (IllegalArgumentException e) {
      throw wrong(start, String.valueOf(e.getMessage()));
    }
  }

  private Expression path(int start, String first) throws ConditionException {
    StringBuilder path = new StringBuilder(first);
    while (at < text.length() && text.charAt(at) == '.') {
      at++;
      path.append('.').append(name());
    }
    String name = path.toString();
    Optional<Field.Context> its = context;
    for (Map.Entry<String, Field.Context> prefix : Field.CONTEXTS.entrySet()) {
      if (name.startsWith(prefix.getKey() + ".")) {
        its = Optional.of(prefix.getValue());
        name = name.substring(prefix.getKey().length() + 1);
        break;
      }
    }
    if (its.isEmpty()) {
      throw wrong(start, "\"" + name + "\" needs its context, such as span." + name);
    }
    if (context.equals(Optional.of(Field.Context.RESOURCE))
        && its.get() != Field.Context.RESOURCE) {
      throw wrong(start, "a condition on resources cannot ask for \"" + path + "\"");
    }
    Optional<Field> field = Field.of(its.get(), name);
    if (field.isEmpty()) {
      Field.Context in = its.get();
      List<String> known =
          Arrays.stream(Field.values()).filter(f -> f.context() == in).map(Field::path).toList();
      throw wrong(start, "\"" + path + "\" is not known" + NearestWord.hint(name, known));
    }
    String key = "";
    if (field.get().keyed()) {
      if (!sign("[")) {
        throw wrong(at, "a name in brackets is missing, as in " + path + "[\"http.route\"]");
      }
      int keyStart = skipBlanks();
      if (atEnd() || text.charAt(at) != '"') {
        throw wrong(keyStart, "the name in brackets has to be text in double quotes");
      }
      key = quoted();
      expect("]");
    }
    return new Expression.Path(field.get(), key);
  }

  // ---- words and signs

  private Expression number() throws ConditionException {
    int start = at;
    while (at < text.length()
        && (isDigit(text.charAt(at)) || "+-.eE".indexOf(text.charAt(at)) >= 0)) {
      at++;
    }
    String number = text.substring(start, at);
    try {
      return new Expression.Literal(
          number.matches("-?[0-9]+")
              ? (Object) Long.parseLong(number)
              : Double.parseDouble(number));
    } catch (NumberFormatException e) {
      throw wrong(start, "\"" + number + "\" is no number");
    }
  }

  private String quoted() throws ConditionException {
    int start = at++;
    StringBuilder value = new StringBuilder();
    while (!(at < text.length() && text.charAt(at) == '"')) {
      if (at >= text.length()) {
        throw wrong(start, "the text has no closing quote");
      }
      char c = text.charAt(at++);
      if (c != '\\') {
        value.append(c);
        continue;
      }
      if (at >= text.length()) {
        throw wrong(start, "the text has no closing quote");
      }
      char escaped = text.charAt(at++);
      switch (escaped) {
        case '"', '\\', '\'' -> value.append(escaped);
        case 'n' -> value.append('\n');
        case 't' -> value.append('\t');
        case 'r' -> value.append('\r');
        default -> throw wrong(at - 2, "\"\\" + escaped + "\" is no escape; write \\\\ for a \\");
      }
    }
    at++;
    return value.toString();
  }

  private String name() throws ConditionException {
    int start = at;
    while (at < text.length() && isNamePart(text.charAt(at))) {
      at++;
    }
    if (at == start) {
      throw wrong(start, "a name is missing");
    }
    return text.substring(start, at);
  }

  private boolean word(String word) {
    skipBlanks();
    int end = at + word.length();
    if (text.startsWith(word, at) && (end == text.length() || !isNamePart(text.charAt(end)))) {
      at = end;
      return true;
    }
    return false;
  }

  private boolean sign(String sign) {
    skipBlanks();
    if (text.startsWith(sign, at)) {
      at += sign.length();
      return true;
    }
    return false;
  }

  private void expect(String sign) throws ConditionException {
    if (!sign(sign)) {
      throw wrong(
          at,
          "\"" + sign + "\" is missing" + (atEnd() ? " at the end" : " before \"" + rest() + "\""));
    }
  }

  private int skipBlanks() {
    while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
      at++;
    }
    return at;
  }

  private boolean atEnd() {
    return skipBlanks() == text.length();
  }

  private String rest() {
    return text.substring(at, Math.min(text.length(), at + 20));
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isNamePart(char c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }

  private ConditionException wrong(int position, String problem) {
    return new ConditionException(position, problem);
  }
}
