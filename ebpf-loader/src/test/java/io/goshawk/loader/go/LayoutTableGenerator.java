// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import io.goshawk.loader.dwarf.StructField;
import io.goshawk.loader.go.StructLayouts.FieldOffset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes the layout table, from what programs built with real releases say themselves.
 *
 * <p>Of each run of releases the first and the last are measured; where they differ, the middle
 * too, until each change is known to the release. So a field that changed and changed back between
 * two measured releases would be missed; none has.
 */
public final class LayoutTableGenerator {

  /** Builds modules; any release that all their versions build with. */
  private static final String MODULE_TOOLCHAIN = "1.26.11";

  private static final Pattern RUN = Pattern.compile("(.*)\\[(\\d+)-(\\d+)](.*)");

  private final Path directory;

  LayoutTableGenerator(Path directory) {
    this.directory = directory;
  }

  /** One {@code module} paragraph of the list. */
  private record Wanted(String module, List<List<String>> runs, List<StructField> fields) {}

  /** Offsets by field; a field that does not exist is missing. */
  private record Measured(String release, Map<StructField, Integer> offsets) {}

  /** The runs of releases of which a module was measured. */
  private record Answer(Wanted wanted, List<List<Measured>> runs) {

    List<Measured> all() {
      return runs.stream().flatMap(List::stream).toList();
    }
  }

  public static void main(String[] arguments) throws IOException {
    LayoutTableGenerator generator = new LayoutTableGenerator(Path.of(arguments[0]));
    List<Answer> answers = generator.answers(release -> true);
    for (Answer answer : answers) {
      generator.checkArm64(answer);
      checkComplete(answer);
    }
    Files.writeString(Path.of(arguments[1]), table(answers));
  }

  /** The table as it is if only these releases are measured. */
  String table(Predicate<String> releases) throws IOException {
    return table(answers(releases));
  }

  private static String table(List<Answer> answers) {
    StringBuilder table = new StringBuilder(header());
    for (Answer answer : answers) {
      write(answer, table);
    }
    return table.toString();
  }

  private List<Answer> answers(Predicate<String> releases) throws IOException {
    List<Answer> answers = new ArrayList<>();
    for (Wanted wanted : wanted()) {
      List<List<Measured>> runs = new ArrayList<>();
      for (List<String> run : wanted.runs()) {
        List<String> chosen = run.stream().filter(releases).toList();
        if (!chosen.isEmpty()) {
          runs.add(measure(wanted, chosen));
        }
      }
      if (!runs.isEmpty()) {
        answers.add(new Answer(wanted, runs));
      }
    }
    return answers;
  }

  private static String header() {
    return """
        # Offsets in bytes of Go struct fields, by release; the same on amd64 and arm64.
        # Written by ebpf-loader/layouts/generate, from the type data and the DWARF of programs built with them.
        #
        # module PATH RELEASE...      the measured releases, oldest first, "|" between the runs of
        #                             consecutive ones; PATH std+X: with GOEXPERIMENT=X
        # struct NAME                 of the module above
        # FIELD OFFSET@RELEASE...     of the struct above: at OFFSET from RELEASE on, up to the next one;
        #                             "-" is no such field
        """;
  }

  private List<Wanted> wanted() throws IOException {
    List<Wanted> all = new ArrayList<>();
    for (String line : Files.readAllLines(directory.resolve("fields.txt"))) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] words = line.split(" ");
      List<String> rest = List.of(words).subList(2, words.length);
      if (words[0].equals("module")) {
        List<List<String>> runs = rest.stream().map(LayoutTableGenerator::run).toList();
        all.add(new Wanted(words[1], runs, new ArrayList<>()));
      } else {
        for (int i = 1; i < words.length; i++) {
          all.get(all.size() - 1).fields().add(new StructField(words[0], words[i]));
        }
      }
    }
    return all;
  }

  /** {@code 1.24.[0-13]} as a list. */
  private static List<String> run(String text) {
    Matcher m = RUN.matcher(text);
    if (!m.matches()) {
      return List.of(text);
    }
    List<String> releases = new ArrayList<>();
    for (int i = Integer.parseInt(m.group(2)); i <= Integer.parseInt(m.group(3)); i++) {
      releases.add(m.group(1) + i + m.group(4));
    }
    return releases;
  }

  private List<Measured> measure(Wanted wanted, List<String> run) throws IOException {
    TreeMap<Integer, Measured> measured = new TreeMap<>();
    int last = run.size() - 1;
    measured.put(0, measure(wanted, run.get(0)));
    measured.put(last, measure(wanted, run.get(last)));
    refine(wanted, run, measured, 0, last);
    return List.copyOf(measured.values());
  }

  private void refine(
      Wanted wanted, List<String> run, Map<Integer, Measured> measured, int low, int high)
      throws IOException {
    if (high - low < 2 || measured.get(low).offsets().equals(measured.get(high).offsets())) {
      return;
    }
    int middle = (low + high) / 2;
    measured.put(middle, measure(wanted, run.get(middle)));
    refine(wanted, run, measured, low, middle);
    refine(wanted, run, measured, middle, high);
  }

  private Measured measure(Wanted wanted, String release) throws IOException {
    System.err.println("measuring " + wanted.module() + " " + release);
    return new Measured(release, offsets(wanted, release, "amd64"));
  }

  /** Go lays structs out by the size of a word, so one release of a run is enough to be sure. */
  private void checkArm64(Answer answer) throws IOException {
    for (List<Measured> run : answer.runs()) {
      Measured amd64 = run.get(run.size() - 1);
      Map<StructField, Integer> arm64 = offsets(answer.wanted(), amd64.release(), "arm64");
      if (!arm64.equals(amd64.offsets())) {
        throw new IllegalStateException(
            "amd64 and arm64 differ: " + amd64 + ", but on arm64 " + arm64);
      }
    }
  }

  /** A field that no release has is a slip in the list, or the program does not keep its type. */
  private static void checkComplete(Answer answer) {
    for (StructField field : answer.wanted().fields()) {
      if (answer.all().stream().noneMatch(m -> m.offsets().containsKey(field))) {
        throw new IllegalStateException("no release has " + field);
      }
    }
  }

  private Map<StructField, Integer> offsets(Wanted wanted, String release, String architecture)
      throws IOException {
    boolean std = wanted.module().startsWith("std");
    GoBuild build =
        GoBuild.with(std ? release : MODULE_TOOLCHAIN)
            .environment("GOARCH", architecture)
            .environment("CGO_ENABLED", "0");
    String source;
    if (std) {
      source = "std.go.txt";
      int plus = wanted.module().indexOf('+');
      if (plus > 0) {
        build.environment("GOEXPERIMENT", wanted.module().substring(plus + 1));
      }
    } else {
      // golang.org/x/net: x-net.go.txt
      String path = wanted.module().substring(wanted.module().indexOf('/') + 1);
      source = path.replace('/', '-') + ".go.txt";
      build.module("require " + wanted.module() + " v" + release);
    }
    Path program = build.build(Files.readString(directory.resolve(source)));
    try (GoExecutable executable = GoFixtures.open(program)) {
      Map<StructField, Integer> offsets = new LinkedHashMap<>();
      Map<StructField, FieldOffset> found = executable.structs().offsets(wanted.fields());
      for (StructField field : wanted.fields()) {
        FieldOffset offset = found.get(field);
        if (offset != null && offset.source() != StructLayouts.Source.TABLE) {
          offsets.put(field, offset.bytes());
        }
      }
      return offsets;
    }
  }

  private static void write(Answer answer, StringBuilder table) {
    String releases =
        answer.runs().stream()
            .map(run -> run.stream().map(Measured::release).collect(Collectors.joining(" ")))
            .collect(Collectors.joining(" | "));
    table.append("\nmodule ").append(answer.wanted().module()).append(' ').append(releases);
    table.append('\n');
    String struct = "";
    for (StructField field : answer.wanted().fields()) {
      if (!field.struct().equals(struct)) {
        struct = field.struct();
        table.append("struct ").append(struct).append('\n');
      }
      table.append(field.path());
      String previous = "";
      for (Measured m : answer.all()) {
        Integer offset = m.offsets().get(field);
        String now = offset == null ? "-" : offset.toString();
        if (!now.equals(previous)) {
          table.append(' ').append(now).append('@').append(m.release());
          previous = now;
        }
      }
      table.append('\n');
    }
  }
}
