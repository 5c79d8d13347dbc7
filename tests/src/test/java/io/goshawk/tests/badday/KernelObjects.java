// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.badday;

import io.goshawk.tests.process.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a process holds in the kernel by bpf(2), as {@code prog 17}, {@code map 18} or {@code link
 * 19}. The kernel does not give an id twice.
 */
final class KernelObjects {

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final List<String> KINDS = List.of("prog", "map", "link");

  /** A line of proc_pid_fdinfo(5). */
  private static final Pattern HELD = Pattern.compile("(prog|map|link)_id:\\s+(\\d+)");

  private static final Pattern LISTED = Pattern.compile("\\{\"id\":(\\d+)");

  private static final Pattern LISTED_PROGRAM =
      Pattern.compile("\\{\"id\":(\\d+),\"type\":[^,]+,\"name\":\"(\\w+)\"");

  private static final Pattern LISTED_LINK =
      Pattern.compile("\\{\"id\":(\\d+),\"type\":[^,]+,\"prog_id\":(\\d+)");

  private KernelObjects() {}

  /** Those behind the file descriptors of a process, and all links of these programs. */
  static Set<String> heldBy(ChildProcess process, Path folder) throws IOException {
    Set<String> held = new TreeSet<>();
    try (var descriptors = Files.list(Path.of("/proc", "" + process.pid(), "fdinfo"))) {
      for (Path descriptor : descriptors.collect(Collectors.toList())) {
        Matcher line = HELD.matcher(read(descriptor));
        while (line.find()) {
          held.add(line.group(1) + " " + line.group(2));
        }
      }
    }
    held.addAll(programsOfLinks(held, folder).keySet());
    return held;
  }

  /**
   * The links of a process's programs, each with the name of its program: a whole one, since
   * bpftool looks into BTF for what is longer than the kernel keeps.
   */
  static Map<String, String> linksOf(ChildProcess process, Path folder) throws IOException {
    Map<String, String> names = new HashMap<>();
    Matcher program = LISTED_PROGRAM.matcher(list(folder, "prog"));
    while (program.find()) {
      names.put("prog " + program.group(1), program.group(2));
    }
    Map<String, String> links = programsOfLinks(heldBy(process, folder), folder);
    links.replaceAll((link, id) -> names.get(id));
    return links;
  }

  private static Map<String, String> programsOfLinks(Set<String> held, Path folder) {
    Map<String, String> programs = new TreeMap<>();
    Matcher link = LISTED_LINK.matcher(list(folder, "link"));
    while (link.find()) {
      String program = "prog " + link.group(2);
      if (held.contains(program)) {
        programs.put("link " + link.group(1), program);
      }
    }
    return programs;
  }

  /** One that is closed while it is looked at holds nothing. */
  private static String read(Path descriptor) {
    try {
      return Files.readString(descriptor);
    } catch (IOException e) {
      return "";
    }
  }

  /** Those that exist. */
  static Set<String> all(Path folder) {
    Set<String> all = new TreeSet<>();
    for (String kind : KINDS) {
      LISTED.matcher(list(folder, kind)).results().forEach(id -> all.add(kind + " " + id.group(1)));
    }
    return all;
  }

  private static String list(Path folder, String kind) {
    return ChildProcess.run(folder, Map.of(), LIMIT, List.of("bpftool", "-j", kind, "show"));
  }
}
