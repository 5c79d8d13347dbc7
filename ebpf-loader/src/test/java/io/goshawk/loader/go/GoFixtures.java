// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.go;

import java.nio.file.Path;
import java.util.List;

/** The Go programs that several tests read. */
public final class GoFixtures {

  /** An HTTP server with generics, closures and methods of its own. */
  public static final String SERVER =
      """
      package main

      import (
      	"fmt"
      	"net/http"
      	"os"
      )

      type pair[K comparable, V any] struct {
      	key K
      	val V
      }

      //go:noinline
      func (p *pair[K, V]) show() string { return fmt.Sprint(p.key, p.val) }

      func main() {
      	p := &pair[string, int]{"a", len(os.Args)}
      	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
      		fmt.Fprintln(w, p.show())
      	})
      	if len(os.Args) > 1 {
      		fmt.Println(http.ListenAndServe(os.Args[1], nil))
      	}
      }
      """;

  /** A program small enough to be damaged some thousand times. */
  public static final String SMALL =
      """
      package main

      import (
      	"fmt"
      	"os"
      )

      type inner struct{ a, b int }

      type outer struct {
      	name string
      	in   inner
      }

      func (o *outer) String() string { return o.name + fmt.Sprint(o.in.b) }

      func main() {
      	var s fmt.Stringer = &outer{os.Args[0], inner{1, 2}}
      	fmt.Println(s)
      }
      """;

  private GoFixtures() {}

  public static Path small(String version, String... flags) {
    return GoBuild.program(version, List.of(flags), SMALL);
  }

  public static Path server(String version, String... flags) {
    return GoBuild.program(version, List.of(flags), SERVER);
  }

  /** Opens a file that must be a Go executable. */
  public static GoExecutable open(Path path) {
    OpenResult result = GoExecutables.open(path);
    if (result instanceof OpenResult.Opened opened) {
      return opened.executable();
    }
    throw new AssertionError(path + ": " + result);
  }
}
