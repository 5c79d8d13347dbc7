// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.goshawk.loader.go.GoBuild;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The running server.go: requests for it, and what it says about them. */
final class GoServer implements AutoCloseable {
  private static final int LIMIT_SECONDS = 20;

  private final Process process;
  private final Path executable;
  private final Map<String, InetSocketAddress> addresses = new HashMap<>();
  private final BlockingQueue<HttpRecord.Handled> handled = new LinkedBlockingQueue<>();
  private final BlockingQueue<Integer> reused = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> replies = new LinkedBlockingQueue<>();

  private GoServer(Process process, Path executable) {
    this.process = process;
    this.executable = executable;
  }

  /**
   * Starts it.
   *
   * @param launcher a command, and its arguments, that executes the program; empty for none
   */
  static GoServer start(GoBuild build, String... launcher) {
    try (InputStream source = GoServer.class.getResourceAsStream("server.go")) {
      Path executable = build.build(new String(source.readAllBytes(), StandardCharsets.UTF_8));
      List<String> command = new ArrayList<>(List.of(launcher));
      command.add(executable.toString());
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      GoServer server = new GoServer(process, executable);
      Thread reader = new Thread(server::readOutput, "output of " + executable);
      reader.setDaemon(true);
      reader.start();
      assertThat(server.reply()).isEqualTo("ready");
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void readOutput() {
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        String[] word = line.split("\t", -1);
        switch (word[0]) {
          case "listening" -> {
            int colon = word[2].lastIndexOf(':');
            addresses.put(
                word[1],
                new InetSocketAddress(
                    word[2].substring(0, colon), Integer.parseInt(word[2].substring(colon + 1))));
          }
          case "handled" ->
              handled.add(
                  new HttpRecord.Handled(
                      Long.parseLong(word[1]),
                      word[2],
                      word[3],
                      word[4],
                      word[5],
                      word[6],
                      Long.parseLong(word[7]),
                      Integer.parseInt(word[8])));
          case "reused" -> reused.add(Integer.parseInt(word[1]));
          default -> replies.add(line);
        }
      }
    } catch (IOException e) {
      replies.add("its output broke off: " + e);
    }
  }

  Path executable() {
    return executable;
  }

  long pid() {
    return process.pid();
  }

  /** The processes that its launcher has made. */
  Stream<ProcessHandle> descendants() {
    return process.descendants();
  }

  InetSocketAddress address(String listener) {
    return addresses.get(listener);
  }

  /** Sends requests over one plain connection, all at once, and returns all that comes back. */
  String http1(String... requests) {
    return http1To("plain", requests);
  }

  String http1To(String listener, String... requests) {
    try (Socket socket = new Socket()) {
      socket.connect(address(listener));
      socket.setSoTimeout(LIMIT_SECONDS * 1000);
      socket.getOutputStream().write(String.join("", requests).getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "broken off: " + e;
    }
  }

  /** The head of the last request of a connection. */
  static String last(String method, String target, String... headers) {
    String head = kept(method, target, headers);
    return head.substring(0, head.length() - 2) + "Connection: close\r\n\r\n";
  }

  /** The head of a request after which the connection goes on. */
  static String kept(String method, String target, String... headers) {
    StringBuilder text = new StringBuilder();
    text.append(method).append(' ').append(target).append(" HTTP/1.1\r\nHost: test.example:81\r\n");
    for (String header : headers) {
      text.append(header).append("\r\n");
    }
    return text.append("\r\n").toString();
  }

  /** Has the program send an HTTP/2 request to one of its listeners; the status, 0 if none came. */
  int http2(String listener, String target, String... headers) {
    String command = String.join(" ", "http2", listener, target, String.join(" ", headers));
    return Integer.parseInt(tell(command).replace("answered ", ""));
  }

  /** Gives the program a command and returns its answer. */
  String tell(String command) {
    try {
      process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return reply();
  }

  private String reply() {
    return take(replies, "reply of the program");
  }

  /** What its outermost handler saw of the next request that it was done with. */
  HttpRecord.Handled handled() {
    return take(handled, "request that was handled");
  }

  /** How many of the strings of a forgotten request have given their memory to others. */
  int reusedStrings() {
    return take(reused, "word about reused memory");
  }

  void forget() {
    handled.clear();
  }

  boolean handledNothingMore() {
    return handled.isEmpty();
  }

  private <T> T take(BlockingQueue<T> queue, String what) {
    try {
      T taken = queue.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
      assertThat(taken).as("no " + what + " within " + LIMIT_SECONDS + " s").isNotNull();
      return taken;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for a " + what, e);
    }
  }

  /** Kills it and waits until it is gone. */
  int kill() {
    try {
      process.destroyForcibly();
      return process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    kill();
  }
}
