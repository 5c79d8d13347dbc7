// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.process;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Two network namespaces with a cable between them, as two containers have them. Each pair has the
 * same two addresses.
 */
public final class LinkedNetworks implements AutoCloseable {

  /** What every pair calls its ends. */
  public static final String FIRST_ADDRESS = "10.77.0.1";

  public static final String SECOND_ADDRESS = "10.77.0.2";

  private static final AtomicInteger MADE = new AtomicInteger();
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final String first;
  private final String second;

  /** Makes a pair, which is gone when it is closed. */
  public LinkedNetworks() {
    String name = "goshawk-" + ProcessHandle.current().pid() + "-" + MADE.incrementAndGet();
    first = name + "-a";
    second = name + "-b";
    try {
      ip("netns", "add", first);
      ip("netns", "add", second);
      ip("link", "add", "v0", "netns", first, "type", "veth", "peer", "v0", "netns", second);
      open(first, FIRST_ADDRESS);
      open(second, SECOND_ADDRESS);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private static void open(String name, String address) {
    // ip -n wants to mount, which it cannot in a root that was entered by chroot.
    run(in(name, "ip", "link", "set", "lo", "up"));
    run(in(name, "ip", "addr", "add", address + "/30", "dev", "v0"));
    run(in(name, "ip", "link", "set", "v0", "up"));
  }

  private static String ip(String... arguments) {
    return run(Stream.concat(Stream.of("ip"), Stream.of(arguments)).toList());
  }

  private static String run(List<String> command) {
    return ChildProcess.run(Repository.scratch("ip"), Map.of(), LIMIT, command);
  }

  /** What runs a command in the first network, as one process with it. */
  public List<String> inFirst(String... command) {
    return in(first, command);
  }

  /** What runs a command in the second network. */
  public List<String> inSecond(String... command) {
    return in(second, command);
  }

  private static List<String> in(String name, String... command) {
    return Stream.concat(Stream.of("nsenter", "--net=/run/netns/" + name), Stream.of(command))
        .toList();
  }

  @Override
  public void close() {
    for (String name : List.of(first, second)) {
      if (ip("netns", "list").contains(name)) {
        ip("netns", "delete", name);
      }
    }
  }
}
