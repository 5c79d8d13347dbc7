// SPDX-License-Identifier: Apache-2.0
package io.goshawk.collector.testing;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** An OTLP/HTTP backend that does as it is told, down to the bytes, on a port of its own. */
public final class FakeHttpBackend implements AutoCloseable {

  /** What to do with the next request. */
  public interface Reply {
    /** Writes to the connection; false to close it afterwards. */
    boolean answer(OutputStream out) throws IOException;
  }

  /** A request as it came; the body uncompressed. */
  public record Request(String line, Map<String, String> headers, byte[] body) {
    public String header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }
  }

  private final ServerSocket server;
  private final BlockingQueue<Reply> replies = new LinkedBlockingQueue<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();

  public FakeHttpBackend() throws IOException {
    this(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
  }

  /** On a socket that may speak TLS. */
  public FakeHttpBackend(ServerSocket server) {
    this.server = server;
    Thread acceptor = new Thread(this::accept, "fake-http");
    acceptor.setDaemon(true);
    acceptor.start();
  }

  public int port() {
    return server.getLocalPort();
  }

  public List<Request> requests() {
    return requests;
  }

  /** Connections on which a request came. */
  public int connections() {
    return connections.get();
  }

  public FakeHttpBackend reply(Reply reply) {
    replies.add(reply);
    return this;
  }

  /** An ordinary response, on a connection that is kept. */
  public FakeHttpBackend reply(int status, String headers, byte[] body) {
    return reply(raw(status, headers, body, true));
  }

  /** The same with a text for a body. */
  public FakeHttpBackend reply(int status, String headers, String body) {
    return reply(status, headers, body.getBytes(StandardCharsets.UTF_8));
  }

  public static Reply raw(int status, String headers, byte[] body, boolean keep) {
    return out -> {
      String head =
          "HTTP/1.1 "
              + status
              + " As Told\r\n"
              + headers
              + "content-length: "
              + body.length
              + "\r\n\r\n";
      out.write(head.getBytes(StandardCharsets.US_ASCII));
      out.write(body);
      return keep;
    };
  }

  private void accept() {
    while (true) {
      Socket socket;
      try {
        socket = server.accept();
      } catch (IOException e) {
        return;
      }
      open.add(socket);
      Thread thread = new Thread(() -> serve(socket), "fake-http-connection");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void serve(Socket socket) {
    boolean first = true;
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      Request request;
      while ((request = read(in)) != null) {
        if (first) {
          connections.incrementAndGet();
          first = false;
        }
        requests.add(request);
        Reply reply = replies.poll();
        if (reply == null) {
          reply = raw(200, "content-type: application/x-protobuf\r\n", new byte[0], true);
        }
        boolean keep = reply.answer(socket.getOutputStream());
        socket.getOutputStream().flush();
        if (!keep) {
          return;
        }
      }
    } catch (IOException e) {
      // The other side closed the connection, which is its right.
    }
  }

  private static @Nullable Request read(InputStream in) throws IOException {
    String line = line(in);
    if (line == null) {
      return null;
    }
    Map<String, String> headers = new LinkedHashMap<>();
    String header;
    while ((header = line(in)) != null && !header.isEmpty()) {
      int colon = header.indexOf(':');
      headers.put(
          header.substring(0, colon).toLowerCase(Locale.ROOT), header.substring(colon + 1).trim());
    }
    byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
    if ("gzip".equals(headers.get("content-encoding"))) {
      body = new GZIPInputStream(new ByteArrayInputStream(body)).readAllBytes();
    } else if ("zstd".equals(headers.get("content-encoding"))) {
      body = new ZstdInputStreamNoFinalizer(new ByteArrayInputStream(body)).readAllBytes();
    }
    return new Request(line, headers, body);
  }

  private static @Nullable String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    int c;
    while ((c = in.read()) != '\n') {
      if (c < 0) {
        if (line.length() == 0) {
          return null;
        }
        throw new EOFException(line.toString());
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
