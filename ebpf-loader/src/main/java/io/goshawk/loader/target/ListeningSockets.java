package io.goshawk.loader.target;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which processes listen on given TCP ports. A listening socket's inode is in {@code
 * /proc/PID/net/tcp} of its network namespace, and its owner has a descriptor that names that
 * inode; both formats are those of proc(5). Good for one scan: each namespace is read once.
 */
final class ListeningSockets {

  /** TCP_LISTEN of the kernel's include/net/tcp_states.h. */
  private static final String LISTEN = "0A";

  /** What the link of a socket's descriptor begins with. */
  private static final String SOCKET = "socket:[";

  private static final int COLUMN_LOCAL_ADDRESS = 1;
  private static final int COLUMN_STATE = 3;
  private static final int COLUMN_INODE = 9;

  private final Path proc;
  private final PortSet ports;
  private final Map<String, Set<String>> inodesByNamespace = new HashMap<>();
  private final Set<String> owned = new HashSet<>();
  private final Set<String> ownedByTheHidden = new HashSet<>();

  ListeningSockets(Path proc, PortSet ports) {
    this.proc = proc;
    this.ports = ports;
  }

  /** Whether the process has a descriptor of a socket that listens on one of the ports. */
  boolean isListener(int pid) {
    Path dir = proc.resolve(Integer.toString(pid));
    Set<String> inodes = inodesSeenBy(dir);
    boolean listens = false;
    if (!inodes.isEmpty()) {
      try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(dir.resolve("fd"))) {
        for (Path descriptor : descriptors) {
          Optional<String> inode = socketInode(descriptor).filter(inodes::contains);
          inode.ifPresent(owned::add);
          listens |= inode.isPresent();
        }
      } catch (IOException e) {
        noteRefusal(e, inodes);
      } catch (DirectoryIteratorException e) {
        noteRefusal(e.getCause(), inodes);
      }
    }
    return listens;
  }

  /** Whether the owner of a listening socket may be among the processes that are not shown. */
  boolean ownerMayBeHidden() {
    return !owned.containsAll(ownedByTheHidden);
  }

  private void noteRefusal(IOException e, Set<String> inodes) {
    if (ProcFile.refused(e)) {
      ownedByTheHidden.addAll(inodes);
    }
  }

  /** Empty too if the descriptor was closed meanwhile; the others are still to be looked at. */
  private static Optional<String> socketInode(Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith(SOCKET)
          ? Optional.of(target.substring(SOCKET.length(), target.length() - 1))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
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
