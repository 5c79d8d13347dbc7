package io.goshawk.collector.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The programs that a command may start, as far as its text tells: those that are named in its
 * arguments ({@code timeout 60 ./shop}, {@code sh -c './shop & ./test'}), or in the script that it
 * is. A guess, for getting ready: what is wrongly named costs a look at the file, and what is
 * missed is found when it starts.
 */
final class NamedPrograms {

  /** Of a script, what is read. */
  private static final int MOST_SCRIPT_BYTES = 64 * 1024;

  /** Programs, at most. */
  private static final int MOST = 32;

  /** Between a shell's words. Quotes within a word are rare in names of programs. */
  private static final Pattern SEPARATORS = Pattern.compile("[\\s;&|()<>\"'`{}=]+");

  private NamedPrograms() {}

  /** Other programs than the command's own executable, each once. */
  static List<Path> in(List<String> command, Path executable) {
    List<String> texts = new ArrayList<>(command.subList(1, command.size()));
    texts.add(script(executable));
    Set<Path> programs = new LinkedHashSet<>();
    for (String text : texts) {
      for (String word : SEPARATORS.split(text)) {
        if (programs.size() < MOST) {
          program(word).filter(path -> !path.equals(executable)).ifPresent(programs::add);
        }
      }
    }
    return List.copyOf(programs);
  }

  private static Optional<Path> program(String word) {
    // A name without a slash is more often a word than a program, and those are rarely services.
    if (word.indexOf('/') < 0) {
      return Optional.empty();
    }
    try {
      Path path = Path.of(word);
      return FollowedCommand.isExecutable(path) ? Optional.of(path) : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** The text of a file that begins with "#!"; of any other, none. */
  private static String script(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] head = in.readNBytes(2);
      if (head.length < 2 || head[0] != '#' || head[1] != '!') {
        return "";
      }
      return new String(in.readNBytes(MOST_SCRIPT_BYTES), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }
}
