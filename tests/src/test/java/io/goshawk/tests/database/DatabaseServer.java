// SPDX-License-Identifier: Apache-2.0
package io.goshawk.tests.database;

import io.goshawk.tests.process.ChildProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A database server with an empty database {@code shop}, or Redis, on a free port of 127.0.0.1,
 * gone with its data when it is closed. It runs as the user that Debian's package has made for it.
 */
public final class DatabaseServer implements AutoCloseable {

  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final Path folder;
  private final int port;
  private final ChildProcess process;

  private DatabaseServer(Path folder, int port, ChildProcess process) {
    this.folder = folder;
    this.port = port;
    this.process = process;
  }

  /** Starts PostgreSQL; its superuser is {@code postgres}, whatever the password. */
  public static DatabaseServer postgresql() {
    Path folder = folder("postgres");
    int port = freePort();
    String programs = newest("/usr/lib/postgresql/", "/bin/");
    String data = folder.resolve("data").toString();
    String host = "-h127.0.0.1";
    as("postgres", folder, programs + "initdb", "-D", data, "-A", "trust", "-N");
    DatabaseServer server =
        start(
            folder,
            port,
            "postgres",
            List.of(programs + "pg_isready", host, "-p" + port),
            programs + "postgres",
            "-D",
            data,
            "-p",
            String.valueOf(port),
            "-k",
            folder.toString(),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "fsync=off");
    as("postgres", folder, programs + "createdb", host, "-p" + port, "shop");
    return server;
  }

  /** Starts MariaDB; {@code root} has no password. */
  public static DatabaseServer mariadb() {
    Path folder = folder("mysql");
    int port = freePort();
    String data = "--datadir=" + folder.resolve("data");
    String socket = "--socket=" + folder.resolve("socket");
    as(
        "mysql",
        folder,
        "mariadb-install-db",
        "--no-defaults",
        data,
        "--auth-root-authentication-method=normal",
        "--skip-test-db");
    DatabaseServer server =
        start(
            folder,
            port,
            "mysql",
            List.of("mariadb-admin", "--no-defaults", "-uroot", socket, "ping"),
            "mariadbd",
            "--no-defaults",
            data,
            "--port=" + port,
            "--bind-address=127.0.0.1",
            socket,
            "--pid-file=" + folder.resolve("pid"));
    as("mysql", folder, "mariadb-admin", "--no-defaults", "-uroot", socket, "create", "shop");
    return server;
  }

  /** Starts Redis, which keeps nothing. */
  public static DatabaseServer redis() {
    Path folder = folder("redis");
    String port = String.valueOf(freePort());
    return start(
        folder,
        Integer.parseInt(port),
        "redis",
        List.of("redis-cli", "-p", port, "ping"),
        "redis-server",
        "--port",
        port,
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        folder.toString());
  }

  /** Where it listens, on 127.0.0.1. */
  public int port() {
    return port;
  }

  /** PostgreSQL's database by its Unix socket, which is the same in every network namespace. */
  public String url() {
    return "postgres:///shop?host=" + folder + "&port=" + port + "&user=postgres";
  }

  @Override
  public void close() {
    process.terminate(LIMIT);
    process.close();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a server and waits until it is ready, which is when a command says so. */
  private static DatabaseServer start(
      Path folder, int port, String user, List<String> isReady, String... command) {
    ChildProcess process = ChildProcess.start(folder, Map.of(), command(user, command));
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!succeeds(folder, isReady)) {
      if (!process.alive() || System.nanoTime() > deadline) {
        process.close();
        throw process.failure("is not ready on port " + port);
      }
    }
    return new DatabaseServer(folder, port, process);
  }

  private static boolean succeeds(Path folder, List<String> command) {
    try (ChildProcess child = ChildProcess.start(folder, Map.of(), command)) {
      return child.awaitExit(LIMIT) == 0;
    }
  }

  private static void as(String user, Path folder, String... command) {
    ChildProcess.run(folder, Map.of(), LIMIT, command(user, command));
  }

  private static List<String> command(String user, String... command) {
    return Stream.concat(
            Stream.of("setpriv", "--reuid=" + user, "--regid=" + user, "--init-groups"),
            Stream.of(command))
        .toList();
  }

  /** A folder of the user's in one that every user can enter. */
  private static Path folder(String user) {
    try {
      Path folder = Files.createTempDirectory("goshawk-" + user + "-");
      Files.setOwner(
          folder,
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName(user));
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The folder of the newest version between two parts of a path. */
  private static String newest(String before, String behind) {
    try (Stream<Path> versions = Files.list(Path.of(before))) {
      return versions.map(Path::toString).max(Comparator.naturalOrder()).orElseThrow() + behind;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
