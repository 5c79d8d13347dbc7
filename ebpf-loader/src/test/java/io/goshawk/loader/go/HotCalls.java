// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A profile in which net/http's calls for every request are hot, so that the compiler puts copies
 * of the callees into the callers, as profile-guided optimization does with a real one.
 *
 * <p>In the compiler's own form of profiles (Go's {@code cmd/internal/pgo/serialize.go}): caller,
 * callee, and the call's line counted from the caller's first, with a weight.
 */
public final class HotCalls {
  private static final String TRANSPORT = "net/http.(*Transport).";
  private static final String CONNECTION = "net/http.(*persistConn).";

  private HotCalls() {}

  /** Adds the profile to a build. */
  public static GoBuild addTo(GoBuild build) {
    try {
      Path root = Path.of(build.go("env", "GOROOT").strip());
      List<String> server = Files.readAllLines(root.resolve("src/net/http/server.go"));
      List<String> transport = Files.readAllLines(root.resolve("src/net/http/transport.go"));
      String profile =
          "GO PREPROFILE V1\n"
              + hot(
                  server,
                  "func (c *conn) serve(",
                  "net/http.(*conn).serve",
                  "serverHandler{c.server}.ServeHTTP(",
                  "net/http.serverHandler.ServeHTTP")
              + hot(
                  server,
                  "func (c *conn) serve(",
                  "net/http.(*conn).serve",
                  "w.finishRequest()",
                  "net/http.(*response).finishRequest")
              + hot(
                  server,
                  "func (h initALPNRequest) ServeHTTP(",
                  "net/http.initALPNRequest.ServeHTTP",
                  "h.h.ServeHTTP(",
                  "net/http.serverHandler.ServeHTTP")
              + hot(
                  Files.readAllLines(root.resolve("src/net/http/roundtrip.go")),
                  "func (t *Transport) RoundTrip(",
                  TRANSPORT + "RoundTrip",
                  "t.roundTrip(",
                  TRANSPORT + "roundTrip")
              + hot(
                  transport,
                  "func (t *Transport) roundTrip(",
                  TRANSPORT + "roundTrip",
                  "pconn.roundTrip(",
                  CONNECTION + "roundTrip")
              + hot(
                  transport,
                  "func (t *Transport) getConn(",
                  TRANSPORT + "getConn",
                  "t.queueForDial(",
                  TRANSPORT + "queueForDial")
              + hot(
                  transport,
                  "func (t *Transport) dialConnFor(",
                  TRANSPORT + "dialConnFor",
                  "t.dialConn(",
                  TRANSPORT + "dialConn");
      // Of the same name each time, so that what was built with it is found again.
      Path file = GoBuild.CACHE.resolve("hot-" + root.getFileName() + ".pgo");
      Files.writeString(file, profile);
      return build.flags("-gcflags=net/http=-pgoprofile=" + file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hot(
      List<String> source, String declaration, String caller, String call, String callee) {
    int first = find(source, 0, declaration);
    return "%s\n%s\n%d 1000\n".formatted(caller, callee, find(source, first, call) - first);
  }

  private static int find(List<String> source, int from, String text) {
    return IntStream.range(from, source.size())
        .filter(line -> source.get(line).contains(text))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no line has " + text));
  }
}
