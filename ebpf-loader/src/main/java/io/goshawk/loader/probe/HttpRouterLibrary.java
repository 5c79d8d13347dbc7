// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.probe;

import static io.goshawk.loader.probe.CatalogueRow.row;
import static io.goshawk.loader.probe.ProbePoint.observe;

import io.goshawk.abi.HttpRouterLayout;
import io.goshawk.abi.MapLayout;
import io.goshawk.abi.Router;
import io.goshawk.loader.dwarf.StructField;
import java.util.stream.Stream;

/**
 * Routers that services use beside net/http's {@code ServeMux}: their requests are net/http's, only
 * the route is theirs.
 *
 * <p>httprouter has no row: it keeps a route in pieces along its tree, and nobody has the whole.
 */
final class HttpRouterLibrary {

  private static final String ROUTE = "http.route";

  private static final String GIN = "github.com/gin-gonic/gin.";
  private static final String[] ECHO_4 = {
    "github.com/labstack/echo/v4.", "github.com/labstack/echo."
  };
  private static final String ECHO_5 = "github.com/labstack/echo/v5.";
  private static final String[] CHI = {"github.com/go-chi/chi/v5.", "github.com/go-chi/chi."};
  private static final String GORILLA = "github.com/gorilla/mux.";

  private static final String RETURN = ".return";

  static final ProbedLibrary ENTRY = entry();

  private HttpRouterLibrary() {}

  private static ProbedLibrary entry() {
    ProbedLibrary.Builder library =
        ProbedLibrary.library("routers", MapLayout.HTTP_ROUTER_LAYOUT, HttpRouterLayout.FIELDS)
            .row(
                pooled("gin", Router.ROUTER_GIN, 2, "(*Engine).handleHTTPRequest", GIN)
                    .needs("gin_writer"))
            .row(returned("gin", "(*Engine).ServeHTTP", GIN))
            .row(
                pooled("echo", Router.ROUTER_ECHO_4, 7, "(*Router).Find", ECHO_4)
                    .needs("echo4_response", "echo4_writer"))
            .row(returned("echo", "(*Echo).ServeHTTP", ECHO_4))
            .row(
                pooled("echo.v5", Router.ROUTER_ECHO_5, 2, "(*DefaultRouter).Route", ECHO_5)
                    .needs("echo5_writer"))
            .row(returned("echo.v5", "(*Echo).serveHTTP.deferwrap1", ECHO_5))
            .row(pooled("chi", Router.ROUTER_CHI, 2, "(*node).FindRoute", CHI))
            .row(returned("chi", "(*Mux).ServeHTTP", CHI))
            .row(
                route("gorilla")
                    .needs("route_path", "regexp_template")
                    .probe(
                        observe("http_router")
                            .at(
                                GORILLA + "requestWithRoute",
                                VersionRange.ALL,
                                Router.ROUTER_GORILLA.value())
                            .arguments(2)));
    asked(library, Router.ROUTER_GIN, "Context", "Request", "fullPath", GIN);
    asked(library, Router.ROUTER_ECHO_4, "context", "request", "path", ECHO_4);
    asked(library, Router.ROUTER_ECHO_5, "Context", "request", "path", ECHO_5);
    asked(library, Router.ROUTER_CHI, "Context", "parentCtx", "RoutePatterns", CHI);
    return library
        .field("route_path", GORILLA + "Route", "routeConf.regexp.path", ROUTE)
        .field("regexp_template", GORILLA + "routeRegexp", "template", ROUTE)
        .field("gin_writer", GIN + "Context", "writermem.ResponseWriter", ROUTE)
        .field("echo4_response", ROUTE, homes("context", "response", ECHO_4))
        .field("echo4_writer", ROUTE, homes("Response", "Writer", ECHO_4))
        .field("echo5_writer", ECHO_5 + "Context", "response", ROUTE)
        .build();
  }

  private static CatalogueRow.Builder route(String router) {
    return row(ROUTE + "." + router)
        .gives("http.route of requests that " + router + " routes")
        .without("requests that " + router + " routes have no http.route")
        .requires("http.server")
        .usesRuntime("g_parent_goid", "timer_context", "timer_context_pointer");
  }

  /**
   * A router that takes an object from a pool for each request, its probe's {@code argument}-th
   * argument.
   */
  private static CatalogueRow.Builder pooled(
      String name, Router router, int argument, String function, String... packages) {
    ProbePoint.Builder probe = observe("http_router").arguments(argument);
    for (String each : packages) {
      probe.at(each + function, VersionRange.ALL, router.value());
    }
    return route(name)
        .needs(member(router, "asked"), member(router, "found"))
        .probe(probe)
        .probe(observe("garbage_marked").at("runtime.gcMarkTermination"));
  }

  /**
   * Where such a router gives its object back.
   *
   * @param function that does so
   */
  private static CatalogueRow.Builder returned(String name, String function, String... packages) {
    ProbePoint.Builder probe =
        observe("http_router_return").arguments(3).atCallsOf("sync.(*Pool).Put");
    for (String each : packages) {
      probe.at(each + function, VersionRange.ALL, 0);
    }
    return row(ROUTE + "." + name + RETURN)
        .gives("http.route of requests that " + name + " routes, if they take long")
        .without("requests that " + name + " routes and that take long have no http.route")
        .requires(ROUTE + "." + name)
        .usesRuntime("g_parent_goid")
        .detachable()
        .probe(probe);
  }

  /** The fields of such an object. */
  private static void asked(
      ProbedLibrary.Builder library,
      Router router,
      String struct,
      String asked,
      String found,
      String... packages) {
    library
        .field(member(router, "asked"), ROUTE, homes(struct, asked, packages))
        .field(member(router, "found"), ROUTE, homes(struct, found, packages));
  }

  private static StructField[] homes(String struct, String field, String... packages) {
    return Stream.of(packages)
        .map(each -> new StructField(each + struct, field))
        .toArray(StructField[]::new);
  }

  private static String member(Router router, String field) {
    int index = router.value() - Router.ROUTER_GIN.value();
    return "pooled[" + index + "]." + field;
  }
}
