// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What stands between an exporter and its backend and goes wrong: each connection in the next way
 * of a list, and those after the list in none.
 */
public final class FaultProxy implements AutoCloseable {

  /** What goes wrong with a connection. */
  public enum Fault {
    /** Reset before anything was read. */
    RESET_AT_ONCE,
    /** Reset when the backend has begun to answer, of which nothing is handed on. */
    RESET_FOR_AN_ANSWER,
    /** The answer never comes. */
    STALL,
    /** The answer comes in single bytes. */
    SINGLE_BYTES,
    /** Closed after some bytes of the answer. */
    CUT,
    /** Closed for writing without an answer, and still read from. */
    HALF_CLOSED,
    /** Answered by what is no protocol. */
    GARBAGE,
    /** Of HTTP/1.1: too many requests, without a time to come back. */
    STATUS_429,
    /** The same with one. */
    STATUS_429_RETRY_AFTER,
    /** Of HTTP/1.1: overloaded, without a time to come back. */
    STATUS_503,
    /** The same with one, which is over. */
    STATUS_503_RETRY_AFTER,
    /** Of HTTP/1.1: the backend takes it, and 100 MB follow. */
    HUGE;

    /** Whether it is one of any protocol's. */
    public boolean ofAnyProtocol() {
      return compareTo(STATUS_429) < 0;
    }
  }

  private static final int SOME_BYTES = 20;
  private static final int HUGE_BYTES = 100_000_000;

  private final ServerSocket server;
  private final int backend;
  private final Queue<Fault> faults;
  private final Map<Fault, AtomicInteger> happened = new EnumMap<>(Fault.class);
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  public FaultProxy(int backend, List<Fault> faults) throws IOException {
    this.backend = backend;
    this.faults = new ConcurrentLinkedQueue<>(faults);
    for (Fault fault : Fault.values()) {
      happened.put(fault, new AtomicInteger());
    }
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  /** How many connections it has gone wrong with, that way. */
  public int happened(Fault fault) {
    return happened.get(fault).get();
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "fault-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (true) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        start(() -> serve(socket, faults.poll()));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client, Fault fault) {
    try (client) {
      if (fault == null) {
        relay(client, (from, to) -> from.transferTo(to));
        return;
      }
      happened.get(fault).incrementAndGet();
      switch (fault) {
        case RESET_AT_ONCE -> client.setSoLinger(true, 0);
        case HALF_CLOSED -> say(client, new byte[0]);
        case GARBAGE -> say(client, "SSH-2.0-OpenSSH_9.2\r\n\r\n\0\0\7garbage\r\n\r\n");
        case STATUS_429 -> say(client, status("429 Slow Down", ""));
        case STATUS_429_RETRY_AFTER -> say(client, status("429 Slow Down", "Retry-After: 0\r\n"));
        case STATUS_503 -> say(client, status("503 Busy", ""));
        case STATUS_503_RETRY_AFTER ->
            say(client, status("503 Busy", "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
        case STALL -> relay(client, (from, to) -> from.transferTo(OutputStream.nullOutputStream()));
        case SINGLE_BYTES -> relay(client, FaultProxy::singleBytes);
        case CUT -> relay(client, (from, to) -> to.write(from.readNBytes(SOME_BYTES)));
        case RESET_FOR_AN_ANSWER ->
            relay(
                client,
                (from, to) -> {
                  from.read();
                  client.setSoLinger(true, 0);
                });
        case HUGE ->
            relay(
                client,
                (from, to) -> {
                  from.read();
                  to.write(
                      ("HTTP/1.1 200 OK\r\ncontent-length: " + HUGE_BYTES + "\r\n\r\n")
                          .getBytes(StandardCharsets.US_ASCII));
                  byte[] part = new byte[100_000];
                  for (int sent = 0; sent < HUGE_BYTES; sent += part.length) {
                    to.write(part);
                  }
                });
      }
    } catch (IOException e) {
      // The other side has closed the connection, which is its right.
    }
  }

  private static String status(String status, String headers) {
    return "HTTP/1.1 "
        + status
        + "\r\n"
        + headers
        + "connection: close\r\ncontent-length: 0\r\n\r\n";
  }

  private static void say(Socket client, String text) throws IOException {
    say(client, text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Answers when the first bytes have come, and reads the others: unread ones make a reset. */
  private static void say(Socket client, byte[] bytes) throws IOException {
    InputStream in = client.getInputStream();
    in.read();
    client.getOutputStream().write(bytes);
    client.shutdownOutput();
    in.transferTo(OutputStream.nullOutputStream());
  }

  /** What becomes of answers. */
  private interface Answers {
    void handOn(InputStream from, OutputStream to) throws IOException;
  }

  private void relay(Socket client, Answers answers) throws IOException {
    try (Socket behind = new Socket(InetAddress.getLoopbackAddress(), backend)) {
      start(
          () -> {
            try {
              client.getInputStream().transferTo(behind.getOutputStream());
              behind.shutdownOutput();
            } catch (IOException e) {
              // As above.
            }
          });
      answers.handOn(behind.getInputStream(), client.getOutputStream());
    }
  }

  private static void singleBytes(InputStream from, OutputStream to) throws IOException {
    for (int c = from.read(); c >= 0; c = from.read()) {
      to.write(c);
      to.flush();
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
