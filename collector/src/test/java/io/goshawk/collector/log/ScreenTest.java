// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.goshawk.loader.text.JsonText;
import io.goshawk.testing.SeededCases;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

class ScreenTest {

  private static final Screen UTF8 = new Screen(true);
  private static final Screen ASCII = new Screen(false);

  @Test
  void theUsersLocaleSaysWhatCanBeShown() {
    assertThat(Screen.of(Map.of("LANG", "de_DE.UTF-8"))).isEqualTo(UTF8);
    assertThat(Screen.of(Map.of("LANG", "C.utf8", "LC_ALL", ""))).isEqualTo(UTF8);
    assertThat(Screen.of(Map.of("LANG", "C.UTF-8", "LC_ALL", "C"))).isEqualTo(ASCII);
    assertThat(Screen.of(Map.of())).isEqualTo(ASCII);
  }

  @Test
  void aLocaleThatOnlyTheLauncherSetIsNotTheUsers() {
    assertThat(Screen.of(Map.of("LC_ALL", "C.UTF-8", "GOSHAWK_LC_ALL", ""))).isEqualTo(ASCII);
    assertThat(Screen.of(Map.of("LC_ALL", "C.UTF-8", "GOSHAWK_LC_ALL", "", "LANG", "C.UTF-8")))
        .isEqualTo(UTF8);
  }

  @Test
  void messagesShowNothingThatActsAndNoMoreThanCanBeShown() {
    assertThat(written(UTF8)).isEqualTo("0.7 µs \\x1b[2J é\n");
    assertThat(written(ASCII)).isEqualTo("0.7 us \\x1b[2J \\xe9\n");
  }

  private static String written(Screen screen) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintWriter out = screen.messages(bytes);
    out.printf("%.1f µs %s%n", 0.7, "\u001b[2J \u00e9");
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aLogLineIsOneLineAndHarmless() {
    LogRecord record =
        new LogRecord(Level.WARNING, "process 1 (/tmp/\u001b]0;owned\u0007) is not\ntraced");
    assertThat(new TextLogFormatter(ASCII).format(record))
        .endsWith(" WARN  process 1 (/tmp/\\x1b]0;owned\\x07) is not; traced\n");
    assertThat(new JsonLogFormatter().format(record))
        .contains("\"msg\":\"process 1 (/tmp/\\u001b]0;owned\\u0007) is not\\ntraced\"");
    record.setThrown(new IllegalStateException("from\u202e the outside"));
    assertThat(new TextLogFormatter(UTF8).format(record))
        .endsWith("traced: from\\u202e the outside\n");
  }

  @Test
  void whateverATextHoldsItsJsonIsAsciiAndMeansIt() {
    SeededCases.forAnyBytes(
        2_000,
        200,
        bytes -> {
          String text = new String(bytes, StandardCharsets.UTF_16BE);
          String json = JsonText.line(Map.of(text, List.of(text)));
          assertThat(json).matches("[ -~]*");
          assertThat(JsonParser.parseString(json).getAsJsonObject().getAsJsonArray(text))
              .singleElement()
              .isEqualTo(new JsonPrimitive(text));
        });
  }
}
