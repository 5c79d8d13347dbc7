// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** An HTTP proxy that hands everything on to one port of this machine, whatever it is asked for. */
public final class FakeProxy implements AutoCloseable {
  private final ServerSocket server;
  private final int backend;
  private final List<String> heads = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  /**
   * @param backend the port where all ends
   */
  public FakeProxy(int backend) throws IOException {
    this.backend = backend;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "fake-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  /** As the variables name it. */
  public String url(String credentials) {
    return "http://" + credentials + "127.0.0.1:" + server.getLocalPort();
  }

  /** The heads of all requests that it was sent itself. */
  public List<String> heads() {
    return heads;
  }

  private void accept() {
    while (true) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        start(() -> serve(socket));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket behind = new Socket(InetAddress.getLoopbackAddress(), backend)) {
      String head = head(client.getInputStream());
      heads.add(head);
      if (head.startsWith("CONNECT ")) {
        client.getOutputStream().write("HTTP/1.1 200 Connected\r\n\r\n".getBytes("US-ASCII"));
      } else {
        behind.getOutputStream().write(head.getBytes(StandardCharsets.ISO_8859_1));
      }
      start(() -> copy(behind, client));
      copy(client, behind);
    } catch (IOException e) {
      // One of the two has closed its connection, which is its right.
    }
  }

  private static void copy(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      in.transferTo(out);
      to.shutdownOutput();
    } catch (IOException e) {
      // As above.
    }
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int c = in.read();
      if (c < 0) {
        throw new IOException("no head");
      }
      head.append((char) c);
    }
    return head.toString();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
