// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.ottl;

import static io.goshawk.testing.SeededCases.forEachSeed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.goshawk.config.ottl.Expression.And;
import io.goshawk.config.ottl.Expression.Comparison;
import io.goshawk.config.ottl.Expression.Literal;
import io.goshawk.config.ottl.Expression.Not;
import io.goshawk.config.ottl.Expression.Operator;
import io.goshawk.config.ottl.Expression.Or;
import io.goshawk.config.ottl.Expression.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConditionParserTest {

  private static final Optional<Field.Context> SPAN = Optional.of(Field.Context.SPAN);

  @Test
  void andBindsCloserThanOrAndNotCloserThanBoth() throws ConditionException {
    assertThat(ConditionParser.parse("true or not false and name == \"a\\\"b\"", SPAN))
        .isEqualTo(
            new Or(
                List.of(
                    new Literal(true),
                    new And(
                        List.of(
                            new Not(new Literal(false)),
                            new Comparison(
                                Operator.EQUAL, new Path(Field.NAME, ""), new Literal("a\"b")))))));
  }

  @Test
  void aNameMayHaveItsContextBeforeIt() throws ConditionException {
    assertThat(ConditionParser.parse("resource.attributes[ \"a.b\" ]!=nil", SPAN))
        .isEqualTo(
            new Comparison(
                Operator.NOT_EQUAL, new Path(Field.RESOURCE_ATTRIBUTE, "a.b"), new Literal(null)));
    assertThat(ConditionParser.parse("span.kind == SPAN_KIND_CLIENT", Optional.empty()))
        .isEqualTo(new Comparison(Operator.EQUAL, new Path(Field.KIND, ""), new Literal(3L)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "; 1; a value is missing",
        "name; 1; is a value and no condition",
        "name =; 6; \"=\" is not expected here",
        "name ==; 8; a value is missing",
        "name == 'x'; 9; \"'\" is not expected here; text stands in double quotes",
        "name == \"x; 9; the text has no closing quote",
        "nam == \"x\"; 1; \"nam\" is not known; did you mean \"name\"?",
        "kind == SPAN_KIND_SERVR; 9; did you mean \"SPAN_KIND_SERVER\"?",
        "isMatch(name, \"x\"); 1; the function \"isMatch\" is not known; did you mean \"IsMatch\"?",
        "IsMatch(name); 1; IsMatch takes 2 arguments, not 1",
        "IsMatch(name, \"(\"); 15; \"(\" is no regular expression",
        "IsMatch(name, name); 15; the pattern of IsMatch has to be written out",
        "attributes == 1; 12; a name in brackets is missing",
        "attributes[a] == 1; 12; the name in brackets has to be text",
        "(name == \"x\"; 13; \")\" is missing at the end",
        "name == \"x\" nand true; 13; \"nand true\" is not expected here",
        "kind == 1.2.3; 9; \"1.2.3\" is no number",
        "name == \"\\d\"; 10; \"\\d\" is no escape"
      })
  void whatIsWrongIsSaidWithItsPlace(String text, int character, String problem) {
    assertThatThrownBy(() -> ConditionParser.parse(text == null ? "" : text, SPAN))
        .isInstanceOf(ConditionException.class)
        .hasMessageStartingWith("at character " + character + ": ")
        .hasMessageContaining(problem);
  }

  @Test
  void contextsAreHeld() {
    assertThatThrownBy(() -> ConditionParser.parse("name == \"x\"", Optional.empty()))
        .hasMessageContaining("needs its context, such as span.name");
    assertThatThrownBy(
            () -> ConditionParser.parse("span.name == \"x\"", Optional.of(Field.Context.RESOURCE)))
        .hasMessageContaining("a condition on resources cannot ask for \"span.name\"");
    assertThatThrownBy(() -> ConditionParser.parse("(".repeat(5_000), SPAN))
        .hasMessageContaining("nested deeper");
  }

  @Test
  void anyTextIsAConditionOrIsRefused() {
    String[] pieces = {
      "name",
      "attributes",
      "[",
      "]",
      "\"",
      "a",
      "(",
      ")",
      ",",
      "==",
      "<",
      " and ",
      " or ",
      "not ",
      "IsMatch",
      "1",
      ".",
      "-",
      "\\",
      "nil",
      "true",
      "span.",
      "SPAN_KIND_SERVER",
      "\n",
      "é"
    };
    forEachSeed(
        10_000,
        random -> {
          StringBuilder text = new StringBuilder();
          for (int i = random.nextInt(15); i > 0; i--) {
            text.append(pieces[random.nextInt(pieces.length)]);
          }
          try {
            assertThat(ConditionParser.parse(text.toString(), SPAN)).isNotNull();
          } catch (ConditionException e) {
            assertThat(e).hasMessageStartingWith("at character ");
          }
        });
  }
}
