// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Builds small Go programs for tests, with any toolchain and flags, once: what was built before is
 * found under {@code target/go-programs} by the hash of everything it was made from.
 */
public final class GoBuild {

  /** The toolchains that every test of a real binary goes through. */
  public static final List<String> VERSIONS = List.of("1.24.13", "1.25.14", "1.26.11", "1.27.4");

  static final Path CACHE = Path.of("target", "go-programs").toAbsolutePath();
  private static final long TIMEOUT_MINUTES = 10;

  private final String version;

  /**
   * Without cgo, as all programs of the tests are built: so that they share what Go has compiled.
   */
  private final Map<String, String> environment = new TreeMap<>(Map.of("CGO_ENABLED", "0"));

  private final List<String> flags = new ArrayList<>();
  private final List<String> requirements = new ArrayList<>();

  private GoBuild(String version) {
    this.version = version;
  }

  /** Builds a program of one file, {@code package main}, and returns the executable. */
  public static Path program(String version, List<String> flags, String source) {
    return with(version).flags(flags.toArray(String[]::new)).build(source);
  }

  /** A build with the toolchain of that version, for example {@code 1.26.11}. */
  public static GoBuild with(String version) {
    return new GoBuild(version);
  }

  /** Adds flags of {@code go build}. */
  public GoBuild flags(String... more) {
    flags.addAll(List.of(more));
    return this;
  }

  /** Sets a variable such as {@code CGO_ENABLED} or {@code GOEXPERIMENT}. */
  public GoBuild environment(String name, String value) {
    environment.put(name, value);
    return this;
  }

  /** Adds lines of {@code go.mod}, for example {@code require golang.org/x/net v0.42.0}. */
  public GoBuild module(String... lines) {
    requirements.addAll(List.of(lines));
    return this;
  }

  /** Builds and returns the executable. */
  public Path build(String source) {
    String key = hash(version + environment + flags + requirements + source);
    Path done = CACHE.resolve(key);
    Path program = done.resolve("program");
    if (Files.isRegularFile(program)) {
      return program;
    }
    try {
      Files.createDirectories(CACHE);
      Path work = Files.createTempDirectory(CACHE, key + ".");
      Files.writeString(work.resolve("main.go"), source);
      String minor = version.substring(0, version.lastIndexOf('.'));
      Files.writeString(
          work.resolve("go.mod"),
          "module example.com/fixture\n\ngo "
              + minor
              + "\n\n"
              + String.join("\n", requirements)
              + "\n");
      List<String> command = new ArrayList<>(List.of("go", "build", "-mod=mod", "-o", "program"));
      command.addAll(flags);
      command.add(".");
      run(work, command, goEnvironment());
      try {
        Files.move(work, done, StandardCopyOption.ATOMIC_MOVE);
      } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
        return work.resolve("program"); // built twice at once; both are the same
      }
      return program;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a tool of this toolchain, for example {@code tool nm}, and returns what it prints. */
  public String go(String... arguments) {
    List<String> command = new ArrayList<>(List.of("go"));
    command.addAll(List.of(arguments));
    return run(CACHE, command, goEnvironment());
  }

  /** Runs a command and returns what it prints; fails if it does. */
  public static String run(Path directory, List<String> command, Map<String, String> environment) {
    try {
      Files.createDirectories(directory);
      Path output = Files.createTempFile("goshawk-test", ".out");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES)) {
          process.destroyForcibly();
          throw new IllegalStateException(
              command + " was not done after " + TIMEOUT_MINUTES + " minutes");
        }
        String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
        if (process.exitValue() != 0) {
          throw new IllegalStateException(
              command + " ended with status " + process.exitValue() + ":\n" + text);
        }
        return text;
      } finally {
        Files.deleteIfExists(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while running " + command, e);
    }
  }

  private Map<String, String> goEnvironment() {
    Map<String, String> all = new TreeMap<>(environment);
    all.put("GOTOOLCHAIN", "go" + version);
    // Checksums are a network service of their own; the proxy alone is enough for a fixture.
    all.putIfAbsent("GONOSUMDB", "*");
    all.putIfAbsent("GOWORK", "off");
    return all;
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
