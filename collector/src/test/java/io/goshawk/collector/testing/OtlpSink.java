// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.testing;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Swallows OTLP/HTTP requests as cheaply as can be. Prints its port, serves until it is killed. */
public final class OtlpSink {
  private static final byte[] ANSWER =
      "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n"
          .getBytes(StandardCharsets.US_ASCII);

  private OtlpSink() {}

  public static void main(String[] arguments) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      System.out.println(server.getLocalPort());
      while (true) {
        Socket socket = server.accept();
        Thread thread = new Thread(() -> serve(socket));
        thread.setDaemon(true);
        thread.start();
      }
    }
  }

  private static void serve(Socket socket) {
    try (socket;
        InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
        OutputStream out = socket.getOutputStream()) {
      while (true) {
        long length = -1;
        StringBuilder line = new StringBuilder();
        for (int c; (c = in.read()) >= 0; ) {
          if (c == '\n') {
            if (line.length() == 0) {
              break;
            }
            String header = line.toString().toLowerCase(Locale.ROOT);
            if (header.startsWith("content-length:")) {
              length = Long.parseLong(header.substring(15).trim());
            }
            line.setLength(0);
          } else if (c != '\r') {
            line.append((char) c);
          }
        }
        if (length < 0) {
          return;
        }
        in.skipNBytes(length);
        out.write(ANSWER);
      }
    } catch (IOException e) {
      // The client went away.
    }
  }
}
