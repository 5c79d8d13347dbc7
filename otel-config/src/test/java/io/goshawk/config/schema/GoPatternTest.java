// SPDX-License-Identifier: Apache-2.0
package io.goshawk.config.schema;

import static io.goshawk.testing.SeededCases.forEachSeed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoPatternTest {

  /** What Go's regexp.MatchString answers, where Java's own notation would differ. */
  @ParameterizedTest
  @CsvSource({
    "'^a$', a, true",
    "'^a$', 'a\n', false",
    "'(?m)^a$', 'a\nb', true",
    "'a.b', 'a\rb', true",
    "'a.b', 'a\nb', false",
    "'[[:alpha:]]+$', 'x1', false",
    "'^[[:^alpha:]]+$', '12', true",
    "'^[[]$', '[', true",
    "'^[]a]+$', ']a', true",
    "'^[a&&b]$', '&', true",
    "'^[\\]]$', ']', true",
    "'\\Qa.b\\E', 'a.b', true",
    "'\\Qa.b\\E', 'axb', false",
    "'(?i)HEALTH', '/health', true",
    "'\\$', 'a$', true"
  })
  void itFitsWhatItFitsInGo(String pattern, String text, boolean fits) {
    assertThat(GoPattern.compile(pattern).fits(text)).isEqualTo(fits);
  }

  @Test
  void namesOfGroupsMayHaveUnderscores() {
    GoPattern pattern = GoPattern.compile("(a)(?P<the_rest>b+)(?:c)(?<x>d)");
    Matcher matcher = pattern.matcher("abbcd");
    assertThat(matcher.find()).isTrue();
    assertThat(pattern.groups()).containsOnlyKeys("the_rest", "x");
    assertThat(matcher.group(pattern.groups().get("the_rest"))).isEqualTo("bb");
    assertThat(matcher.group(pattern.groups().get("x"))).isEqualTo("d");
  }

  @Test
  void whatIsNoPatternIsRefusedInWords() {
    for (String wrong :
        new String[] {"(", "[", "a{2,1}", "*", "(".repeat(101), "x".repeat(4_001)}) {
      assertThatThrownBy(() -> GoPattern.compile(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("regular expression");
    }
  }

  @Test
  void anyTextIsAPatternOrIsRefused() {
    String[] pieces = {
      "(",
      ")",
      "[",
      "]",
      "?",
      "P<a>",
      "<",
      ":",
      "^",
      "$",
      "\\",
      "Q",
      "E",
      "a",
      "|",
      "*",
      "{",
      "1",
      ",",
      "}",
      "[:alpha:]",
      "&&",
      "-"
    };
    forEachSeed(
        5_000,
        random -> {
          StringBuilder text = new StringBuilder();
          for (int i = random.nextInt(12); i > 0; i--) {
            text.append(pieces[random.nextInt(pieces.length)]);
          }
          GoPattern.problem(text.toString());
        });
  }
}
