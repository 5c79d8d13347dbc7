// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The C compiler of this machine, which also builds the eBPF programs. */
public final class HostCompiler {
  private HostCompiler() {}

  /** Has it compile something; if it does not, the test fails with what it says. */
  public static void run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("clang"));
    command.addAll(List.of(arguments));
    output(command);
  }

  /** What a command prints; a failed one fails the test with it. */
  static String output(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(String.join(" ", command) + " failed:\n" + output);
    }
    return output;
  }
}
