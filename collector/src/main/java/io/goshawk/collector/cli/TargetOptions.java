// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.tree.Origin;
import io.goshawk.config.tree.TreeBuilder;
import io.goshawk.loader.target.Glob;
import io.goshawk.loader.target.PathGlob;
import io.goshawk.loader.target.PortSet;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which processes to trace. */
final class TargetOptions {

  private static final String INCLUDE = "receivers::goshawk::include::";

  @Option(
      names = {"-p", "--pid"},
      paramLabel = "PID",
      split = ",",
      converter = Pid.class,
      description = "Trace this process. Repeatable.")
  List<Integer> pids = new ArrayList<>();

  @Option(
      names = "--exe",
      paramLabel = "GLOB",
      converter = Path.class,
      description = {
        "Trace every process whose executable fits, also those that start later: 'checkout*' is"
            + " compared with the file name, '/opt/shop/*' and '*/bin/shop' with the whole path."
            + " Repeatable."
      })
  List<PathGlob> executables = new ArrayList<>();

  @Option(
      names = "--port",
      paramLabel = "PORTS",
      converter = Ports.class,
      description =
          "Trace every process that listens on one of these TCP ports, also those that start"
              + " later: 8080 or 8080,9000-9010. Repeatable.")
  List<PortSet> ports = new ArrayList<>();

  @Option(
      names = "--cgroup",
      paramLabel = "GLOB",
      converter = Path.class,
      description =
          "Trace every process whose cgroup, as /proc/PID/cgroup shows it, fits, also those that"
              + " start later: 'checkout.service' is compared with the last name in it,"
              + " '/system.slice/shop*' with the whole path. Repeatable.")
  List<PathGlob> cgroups = new ArrayList<>();

  @Option(
      names = "--container",
      paramLabel = "ID",
      description =
          "Trace every process of this container, also those that start later, by its id or the"
              + " first eight digits of it or more. Repeatable.")
  List<String> containers = new ArrayList<>();

  @Option(
      names = "--service",
      paramLabel = "GLOB",
      converter = Name.class,
      description =
          "Trace every process whose spans have a service.name that fits, also those that start"
              + " later: 'shop-*'. Repeatable.")
  List<Glob> services = new ArrayList<>();

  /** Whether none is named. */
  boolean isEmpty() {
    return pids.isEmpty()
        && Stream.of(executables, ports, cgroups, containers, services).allMatch(List::isEmpty);
  }

  /** Says it as the configuration's {@code receivers::goshawk::include} does. */
  void put(TreeBuilder flags) {
    put(flags, pids);
    put(flags, "executables", "--exe", executables);
    put(flags, "ports", "--port", ports);
    put(flags, "cgroups", "--cgroup", cgroups);
    put(flags, "containers", "--container", containers);
    put(flags, "service_names", "--service", services);
  }

  private static void put(TreeBuilder flags, String key, String option, List<?> values) {
    if (!values.isEmpty()) {
      flags.list(INCLUDE + key, new Origin.Flag(option), texts(values));
    }
  }

  /** Says the processes alone, if there are any. */
  static void put(TreeBuilder flags, List<Integer> pids) {
    if (!pids.isEmpty()) {
      flags.values(INCLUDE + "pids", new Origin.Flag("--pid"), texts(pids));
    }
  }

  private static List<String> texts(List<?> values) {
    return values.stream().map(Object::toString).toList();
  }

  /** A process id. */
  static final class Pid implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      try {
        int pid = Integer.parseInt(text.strip());
        if (pid > 0) {
          return pid;
        }
      } catch (NumberFormatException e) {
        // Said below, as for a number that is no process id.
      }
      throw new TypeConversionException("'" + text + "' is no process id");
    }
  }

  /** A pattern for executables or cgroups. */
  static final class Path implements ITypeConverter<PathGlob> {
    @Override
    public PathGlob convert(String text) {
      return pattern(text, PathGlob::new);
    }
  }

  /** A pattern for names. */
  static final class Name implements ITypeConverter<Glob> {
    @Override
    public Glob convert(String text) {
      return pattern(text, Glob::new);
    }
  }

  private static <T> T pattern(String text, Function<String, T> reader) {
    try {
      return reader.apply(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException("'" + text + "' is no pattern: " + e.getMessage());
    }
  }

  /** A set of ports. */
  static final class Ports implements ITypeConverter<PortSet> {
    @Override
    public PortSet convert(String text) {
      try {
        return PortSet.parse(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
