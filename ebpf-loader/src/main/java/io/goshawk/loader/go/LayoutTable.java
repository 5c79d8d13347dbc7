// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.dwarf.StructField;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Struct offsets by release, for executables without DWARF.
 *
 * <p>The resource {@code layouts.txt} is lines of words:
 *
 * <pre>
 *   module PATH RELEASE...     the measured releases, oldest first, "|" between the runs of
 *                              consecutive ones; std+X: with GOEXPERIMENT=X
 *   struct NAME                of the module above
 *   FIELD OFFSET@RELEASE...    of the struct above: at OFFSET from RELEASE on, up to the next one;
 *                              "-" is no such field
 * </pre>
 *
 * <p>Offsets do change in patch releases ({@code net/http.response.status} in 1.26), so the table
 * answers for the measured releases, for those between two that agree, and else only with the
 * nearest older one of the same minor release, which it notes.
 */
final class LayoutTable {

  private static final String RESOURCE = "layouts.txt";
  private static final String STANDARD_LIBRARY = "std";
  private static final int ABSENT = -1;
  private static final Pattern RELEASE =
      Pattern.compile("v?(\\d{1,5})\\.(\\d{1,5})(?:\\.(\\d{1,5}))?(-.*)?(?:\\+incompatible)?");

  /** When a field lies where: ascending releases, and from each of them on an offset. */
  private record Course(List<Release> from, int[] offsets) {

    int at(Release release) {
      int offset = ABSENT;
      for (int i = 0; i < offsets.length && from.get(i).compareTo(release) <= 0; i++) {
        offset = offsets[i];
      }
      return offset;
    }
  }

  private record Release(int major, int minor, int patch) implements Comparable<Release> {

    static @Nullable Release parse(String text) {
      Matcher m = RELEASE.matcher(text);
      if (!m.matches() || m.group(4) != null) {
        return null; // a pseudo-version is some commit, not a release
      }
      String patch = m.group(3);
      return new Release(
          Integer.parseInt(m.group(1)),
          Integer.parseInt(m.group(2)),
          patch == null ? 0 : Integer.parseInt(patch));
    }

    boolean sameMinor(Release other) {
      return major == other.major && minor == other.minor;
    }

    @Override
    public int compareTo(Release other) {
      return Arrays.compare(
          new int[] {major, minor, patch}, new int[] {other.major, other.minor, other.patch});
    }

    @Override
    public String toString() {
      return major + "." + minor + "." + patch;
    }
  }

  private record ModuleTable(List<TreeSet<Release>> runs, Map<StructField, Course> courses) {}

  private final Map<String, ModuleTable> modules;

  private LayoutTable(Map<String, ModuleTable> modules) {
    this.modules = modules;
  }

  /** The table that comes with Goshawk; read when it is first needed. */
  static LayoutTable builtIn() {
    return BuiltIn.TABLE;
  }

  private static final class BuiltIn {
    static final LayoutTable TABLE = load();
  }

  private static LayoutTable load() {
    try (InputStream in = LayoutTable.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("resource " + RESOURCE + " is missing");
      }
      return parse(new InputStreamReader(in, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a table.
   *
   * @throws IllegalArgumentException if a line has not the documented form
   */
  static LayoutTable parse(Reader text) throws IOException {
    Map<String, ModuleTable> modules = new HashMap<>();
    Map<StructField, Course> courses = new HashMap<>();
    String struct = "";
    BufferedReader lines = new BufferedReader(text);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ");
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      } else if (words[0].equals("module") && words.length > 2) {
        courses = new HashMap<>();
        modules.put(words[1], new ModuleTable(runs(words, line), courses));
      } else if (words[0].equals("struct") && words.length == 2) {
        struct = words[1];
      } else if (words.length > 1 && !struct.isEmpty()) {
        courses.put(new StructField(struct, words[0]), course(words, line));
      } else {
        throw new IllegalArgumentException("layout table: " + line);
      }
    }
    return new LayoutTable(modules);
  }

  /**
   * What is known of the structs of one build.
   *
   * @param notes is told, once, when an answer rests on a release other than the build's own
   */
  Function<StructField, OptionalInt> of(
      GoVersion version, BuildInfo build, Consumer<String> notes) {
    return new BuildLayouts(version, build, notes);
  }

  private static List<TreeSet<Release>> runs(String[] words, String line) {
    List<TreeSet<Release>> runs = new ArrayList<>(List.of(new TreeSet<>()));
    for (int i = 2; i < words.length; i++) {
      if (words[i].equals("|")) {
        runs.add(new TreeSet<>());
      } else {
        runs.get(runs.size() - 1).add(release(words[i], line));
      }
    }
    return runs;
  }

  private static Course course(String[] words, String line) {
    Release[] from = new Release[words.length - 1];
    int[] offsets = new int[from.length];
    for (int i = 0; i < from.length; i++) {
      String[] pair = words[i + 1].split("@", 2);
      if (pair.length != 2) {
        throw new IllegalArgumentException("layout table: " + line);
      }
      offsets[i] = pair[0].equals("-") ? ABSENT : Integer.parseInt(pair[0]);
      from[i] = release(pair[1], line);
    }
    return new Course(List.of(from), offsets);
  }

  private static Release release(String text, String line) {
    Release release = Release.parse(text);
    if (release == null) {
      throw new IllegalArgumentException("layout table: release " + text + " in: " + line);
    }
    return release;
  }

  private final class BuildLayouts implements Function<StructField, OptionalInt> {
    private final GoVersion version;
    private final BuildInfo build;
    private final Consumer<String> notes;
    private boolean noted;

    BuildLayouts(GoVersion version, BuildInfo build, Consumer<String> notes) {
      this.version = version;
      this.build = build;
      this.notes = notes;
    }

    @Override
    public OptionalInt apply(StructField field) {
      String path = modulePath(field.struct());
      if (!path.isEmpty()) {
        return build
            .module(path)
            .map(module -> linkedOffset(path, module.linked(), field))
            .orElse(OptionalInt.empty());
      }
      if (version.major() == 0 || version.snapshot()) {
        return OptionalInt.empty();
      }
      Release release = new Release(version.major(), version.minor(), version.patch());
      for (String experiment : build.experiments()) {
        OptionalInt offset = offset(STANDARD_LIBRARY + '+' + experiment, release, field);
        if (offset.isPresent()) {
          return offset;
        }
      }
      return offset(STANDARD_LIBRARY, release, field);
    }

    /** A replacement keeps the module's types only if it is the module itself, in a version. */
    private OptionalInt linkedOffset(String path, BuildInfo.Module linked, StructField field) {
      Release release = Release.parse(linked.version());
      return release == null || !linked.path().equals(path)
          ? OptionalInt.empty()
          : offset(path, release, field);
    }

    private OptionalInt offset(String module, Release release, StructField field) {
      ModuleTable table = modules.get(module);
      Course course = table == null ? null : table.courses().get(field);
      if (table == null || course == null) {
        return OptionalInt.empty();
      }
      for (TreeSet<Release> run : table.runs()) {
        Release before = run.floor(release);
        if (before == null || (run.ceiling(release) == null && !before.sameMinor(release))) {
          continue;
        }
        int offset = course.at(before);
        if (offset == ABSENT) {
          return OptionalInt.empty();
        }
        if (run.ceiling(release) == null || version.candidate()) {
          note(module, before);
        }
        return OptionalInt.of(offset);
      }
      return OptionalInt.empty();
    }

    private void note(String module, Release measured) {
      if (!noted) {
        noted = true;
        notes.accept(
            "no DWARF, and the layout table does not know this very release; struct offsets are"
                + " those of %s %s".formatted(module, measured));
      }
    }
  }

  /** The module of the table that a type's package belongs to; empty for the standard library. */
  private String modulePath(String struct) {
    String longest = "";
    for (String path : modules.keySet()) {
      boolean inside =
          struct.startsWith(path)
              && struct.length() > path.length()
              && "/.".indexOf(struct.charAt(path.length())) >= 0;
      if (inside && path.length() > longest.length()) {
        longest = path;
      }
    }
    return longest;
  }
}
