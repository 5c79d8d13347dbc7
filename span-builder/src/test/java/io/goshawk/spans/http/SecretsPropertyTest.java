// SPDX-License-Identifier: Apache-2.0
package io.goshawk.spans.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.abi.HttpString;
import io.goshawk.spans.testing.Builders;
import io.goshawk.spans.testing.HttpRecord;
import io.goshawk.testing.SeededCases;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** However a request writes its secrets, none is in its span; what is no secret is. */
class SecretsPropertyTest {
  private static final List<String> SECRET_KEYS =
      HttpSettings.DEFAULT.sensitiveQueryKeys().stream().sorted().toList();
  private static final String[] PLAIN_KEYS = {"q", "page", "tokens", "design", "auth_or", ""};
  private static final String[] NOISE = {"", "&", "&&", "=", "a&", "%", "%zz=1&", "x;", "?", "#"};

  private int numbers;

  @Test
  void noValueOfASensitiveParameterIsInAnyAttribute() {
    SeededCases.forEachSeed(
        3000,
        random -> {
          List<String> plain = new ArrayList<>();
          StringBuilder target = new StringBuilder(base(random));
          char before = '?';
          for (int i = random.nextInt(6); i > 0; i--) {
            boolean secret = random.nextBoolean();
            String value = (secret ? "hush" : "keep") + numbers++ + "e";
            if (!secret) {
              plain.add(value);
            }
            target.append(before).append(pick(random, NOISE));
            if (!endsParameter(target)) {
              target.append('&');
            }
            target.append(secret ? disguised(random) : pick(random, PLAIN_KEYS)).append('=');
            target.append(value);
            before = '&';
          }
          HttpRecord record = HttpRecord.get();
          String text = target.toString();
          if (random.nextInt(4) == 0) {
            text = text.substring(0, random.nextInt(text.length() + 1));
            plain.clear();
            record.cut(HttpString.HTTP_REQUEST_TARGET, text, target.length() + 1);
          } else {
            record.with(HttpString.HTTP_REQUEST_TARGET, text);
          }
          SpanData span = Builders.span(record);
          String said = span.getName() + span.getAttributes();
          // Beginnings too: of a target that was cut.
          assertThat(said).as(text).doesNotContain("hush");
          plain.forEach(value -> assertThat(said).as("%s of %s", value, target).contains(value));
        });
  }

  @Test
  void aHostileQueryTakesNoLonger() {
    for (String piece : List.of("&", ";", "=", "token", "%", "//", "%2F%2F", "@", "//@", "a=")) {
      String query = piece.repeat(2_000_000 / piece.length());
      QueryRedaction redaction = new QueryRedaction(HttpSettings.DEFAULT.sensitiveQueryKeys());
      // Quadratic, one of them would take an hour.
      assertThat(redaction.apply(UserInfo.hide(query, false))).isNotEmpty();
    }
  }

  private static boolean endsParameter(StringBuilder text) {
    return "&;?#".indexOf(text.charAt(text.length() - 1)) >= 0;
  }

  private String base(RandomGenerator random) {
    String password = "hush" + numbers++ + "e";
    return switch (random.nextInt(6)) {
      case 0 -> "http:user:" + password + "@host/";
      case 1 -> "hush:" + password + "@host/";
      case 2 -> "http://hush:" + password + "@host/p";
      case 3 -> "/to/http://hush:" + password + "@host/p";
      case 4 -> "/to/https%3a%2f%2fhush%3A" + password + "%40host%2fp";
      default -> "/p";
    };
  }

  /** A key as someone might write it: in another case, with other dashes, escaped, in brackets. */
  private static String disguised(RandomGenerator random) {
    StringBuilder key = new StringBuilder();
    for (char c : SECRET_KEYS.get(random.nextInt(SECRET_KEYS.size())).toCharArray()) {
      char written = c == '_' && random.nextBoolean() ? '-' : c;
      written = random.nextBoolean() ? Character.toUpperCase(written) : written;
      if (random.nextInt(4) == 0) {
        key.append(String.format("%%%02x", (int) written));
      } else {
        key.append(written);
      }
    }
    return switch (random.nextInt(4)) {
      case 0 -> "user[" + key + "]";
      case 1 -> key + "[]";
      default -> key.toString();
    };
  }

  private static String pick(RandomGenerator random, String[] of) {
    return of[random.nextInt(of.length)];
  }
}
