// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.backend;

import io.goshawk.tests.process.ChildProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * Hosts in network namespaces of their own, joined by a bridge that this host is at, too. Needs to
 * be root.
 */
final class Network implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** Of a range that is for tests of networks: RFC 2544, appendix C.2.2. */
  private static final String PREFIX = "198.18.";

  private final Path folder;
  private final int number;
  private final Deque<List<String>> undo = new ArrayDeque<>();

  private Network(Path folder) {
    this.folder = folder;
    // Runs side by side have one each.
    this.number = (int) (ProcessHandle.current().pid() % 250);
  }

  /** One with this host at its first address. */
  static Network create(Path folder) {
    Network network = new Network(folder);
    String bridge = network.name("");
    network.run("ip", "link", "add", bridge, "type", "bridge");
    network.undo.push(List.of("ip", "link", "del", bridge));
    network.run("ip", "addr", "add", network.address(1) + "/24", "dev", bridge);
    network.run("ip", "link", "set", bridge, "up");
    return network;
  }

  /** The address of a host. */
  String address(int host) {
    return PREFIX + number + "." + host;
  }

  private String name(Object host) {
    return "goshawk" + number + host;
  }

  /**
   * Adds a host.
   *
   * @param names what it knows of names, as lines of hosts(5)
   * @return what runs a command there
   */
  List<String> host(int host, String names) {
    String namespace = name("n" + host);
    String outside = name("v" + host);
    run("ip", "netns", "add", namespace);
    undo.push(List.of("ip", "netns", "del", namespace));
    run("ip", "link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", namespace);
    run("ip", "link", "set", outside, "master", name(""), "up");
    run("ip", "-n", namespace, "addr", "add", address(host) + "/24", "dev", "eth0");
    run("ip", "-n", namespace, "link", "set", "eth0", "up");
    run("ip", "-n", namespace, "link", "set", "lo", "up");
    try {
      Path hosts = Files.writeString(folder.resolve("hosts-" + host), names);
      // Not by `ip netns exec`, in whose /sys there are no tracepoints.
      return List.of(
          "nsenter",
          "--net=/run/netns/" + namespace,
          "unshare",
          "--mount",
          "sh",
          "-c",
          "mount --bind " + hosts + " /etc/hosts && exec \"$0\" \"$@\"");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void run(String... command) {
    ChildProcess.run(folder, Map.of(), LIMIT, new ArrayList<>(List.of(command)));
  }

  @Override
  public void close() {
    while (!undo.isEmpty()) {
      run(undo.pop().toArray(String[]::new));
    }
  }
}
