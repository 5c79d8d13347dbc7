package io.goshawk.loader.target;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which processes listen on given TCP ports. A listening socket's inode is in {@code
 * /proc/PID/net/tcp} of its network namespace, and its owner has a descriptor that names that
 * inode; both formats are those of proc(5). Good for one scan: each namespace is read once.
 */
final class ListeningSockets {

  /** TCP_LISTEN of the kernel's include/net/tcp_states.h. */
  private static final String LISTEN = "0A";

  private static final int COLUMN_LOCAL_ADDRESS = 1;
  private static final int COLUMN_STATE = 3;
  private static final int COLUMN_INODE = 9;

  private final Path proc;
  private final PortSet ports;
  private final Map<String, Set<String>> inodesByNamespace = new HashMap<>();

  ListeningSockets(Path proc, PortSet ports) {
    this.proc = proc;
    this.ports = ports;
  }

  /** Whether the process has a descriptor of a socket that listens on one of the ports. */
  boolean isListener(int pid) {
    Path dir = proc.resolve(Integer.toString(pid));
    Set<String> inodes = inodesSeenBy(dir);
    if (inodes.isEmpty()) {
      return false;
    }
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(dir.resolve("fd"))) {
      for (Path descriptor : descriptors) {
        String target = Files.readSymbolicLink(descriptor).toString();
        if (target.startsWith("socket:[")
            && inodes.contains(target.substring("socket:[".length(), target.length() - 1))) {
          return true;
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      // The process is gone, or closed the descriptor meanwhile: the next scan tells.
      return false;
    }
    return false;
  }

  private Set<String> inodesSeenBy(Path dir) {
    String namespace;
    try {
      namespace = Files.readSymbolicLink(dir.resolve("ns/net")).toString();
    } catch (IOException e) {
      return Set.of();
    }
    return inodesByNamespace.computeIfAbsent(
        namespace,
        ns -> {
          Set<String> inodes = new HashSet<>();
          collect(dir.resolve("net/tcp"), inodes);
          collect(dir.resolve("net/tcp6"), inodes);
          return inodes;
        });
  }

  private void collect(Path table, Set<String> inodes) {
    for (String line : ProcFile.lines(table)) {
      String[] columns = line.strip().split("\\s+");
      if (columns.length > COLUMN_INODE && columns[COLUMN_STATE].equals(LISTEN)) {
        String local = columns[COLUMN_LOCAL_ADDRESS];
        int port = Integer.parseInt(local.substring(local.lastIndexOf(':') + 1), 16);
        if (ports.contains(port)) {
          inodes.add(columns[COLUMN_INODE]);
        }
      }
    }
  }
}
