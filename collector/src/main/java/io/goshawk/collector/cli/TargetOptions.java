// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.cli;

import io.goshawk.config.tree.Origin;
import io.goshawk.config.tree.TreeBuilder;
import io.goshawk.loader.target.PathGlob;
import io.goshawk.loader.target.PortSet;
import java.util.ArrayList;
import java.util.List;
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
      converter = Glob.class,
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

  /** Whether none is named. */
  boolean isEmpty() {
    return pids.isEmpty() && executables.isEmpty() && ports.isEmpty();
  }

  /** Says it as the configuration's {@code receivers::goshawk::include} does. */
  void put(TreeBuilder flags) {
    put(flags, pids);
    if (!executables.isEmpty()) {
      flags.list(INCLUDE + "executables", new Origin.Flag("--exe"), texts(executables));
    }
    if (!ports.isEmpty()) {
      flags.list(INCLUDE + "ports", new Origin.Flag("--port"), texts(ports));
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

  /** A pattern for executables. */
  static final class Glob implements ITypeConverter<PathGlob> {
    @Override
    public PathGlob convert(String text) {
      try {
        return new PathGlob(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException("'" + text + "' is no pattern: " + e.getMessage());
      }
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
