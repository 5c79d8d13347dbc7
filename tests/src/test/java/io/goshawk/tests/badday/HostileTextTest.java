// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.tests.process.Goshawk;
import io.goshawk.tests.process.Repository;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * A program whose name and Go version would act on the terminal of who reads them: they are shown,
 * and do nothing.
 */
class HostileTextTest {

  /** Clears the screen, sets the title, colours by C1, turns text around. */
  private static final String NAME = "evil\u001b[2J\u001b]0;owned\u0007\u009b31m\u202etxt";

  private static final Map<String, String> UTF8 = Map.of("LC_ALL", "C.UTF-8");
  private static final Map<String, String> ASCII = Map.of("LC_ALL", "C");

  private static final Path FOLDER = Repository.scratch("hostile-text");

  @Test
  void inspectShowsNameAndVersionEscaped() throws IOException {
    Path program = copy();
    for (Map<String, String> locale : List.of(ASCII, UTF8)) {
      for (String format : List.of("text", "json")) {
        Ended named = inspect(program.toString(), locale, format);
        assertThat(named.status()).as(named.errors()).isZero();
        assertThat(named.output()).contains(format.equals("text") ? "evil\\x1b[2J" : "evil\\u001b");
        assertHarmless(named);
      }
    }
    Path version = Programs.strippedOfVersion("go1.26.8\u001b[2J");
    Ended versioned = inspect(version.toString(), UTF8, "text");
    assertThat(versioned.output() + versioned.errors()).contains("go1.26.8\\x1b[2J");
    assertHarmless(versioned);
  }

  private static Ended inspect(String program, Map<String, String> locale, String format) {
    return Ended.run(FOLDER, List.of(), locale, "inspect", program, "--format", format);
  }

  private static Path copy() throws IOException {
    return Files.copy(Programs.SERVE, FOLDER.resolve(NAME), StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void aRunShowsThemEscapedInLogWaterfallAndSummary() throws IOException {
    try (Service one = Service.start(FOLDER, copy());
        Service two = Service.start(FOLDER);
        Goshawk agent =
            Goshawk.attached(
                FOLDER,
                ASCII,
                "run",
                "--pid",
                one.pid() + "," + two.pid(),
                "--exporter",
                "console")) {
      agent.process().awaitErrors("tracing process " + one.pid());
      agent.process().awaitErrors("tracing process " + two.pid());
      one.get("/asked");
      two.get("/asked");
      agent.stop();
      Ended ended = Ended.of(agent.process(), 0);
      assertHarmless(ended);
      assertThat(ended.output()).contains("evil");
      assertThat(ended.errors())
          .contains("evil\\x1b[2J")
          .containsPattern("evil\\S+ +1 +1 +0 +0\\n")
          .containsPattern("serve\\S* +1 +1 +0 +0\\n")
          .containsPattern("times are right to within +[0-9.]+ us\\n");
    }
  }

  private static void assertHarmless(Ended ended) {
    assertThat(ended.output() + ended.errors())
        .doesNotContainPattern("[\\p{Cc}\\p{Cf}&&[^\\n\\t]]")
        .doesNotContain("\ufffd");
  }
}
