/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Routers of other modules than net/http, which pick a request's handler: what http_router shares with the Java side.
 */
#ifndef GOSHAWK_HTTP_ROUTER_H
#define GOSHAWK_HTTP_ROUTER_H

#include "goshawk_abi.h"

/* Whose route a request has: variant of http_router, but for the first. */
enum router {
	ROUTER_NONE, /* or net/http's own ServeMux, which http_route is for */
	ROUTER_GORILLA,
	ROUTER_GIN,    /* from here on: those with an object for each request, from a pool */
	ROUTER_ECHO_4, /* and older */
	ROUTER_ECHO_5,
	ROUTER_CHI,
	ROUTER_COUNT,
};
ABI(enum router);

/* Offsets of what a router takes from its pool for a request. */
struct pooled_layout {
	__u16 asked; /* what tells the request: its *http.Request, of chi the context.Context above its own */
	__u16 found; /* the route: a string, of chi a []string */
};
ABI(struct pooled_layout);

struct http_router_layout {
	struct pooled_layout pooled[ROUTER_COUNT - ROUTER_GIN];
	__u16 route_path;      /* gorilla: Route.regexp.path */
	__u16 regexp_template; /* routeRegexp.template */
	/* The http.ResponseWriter that a router was asked with. */
	__u16 gin_writer;
	__u16 echo4_response; /* what has it */
	__u16 echo4_writer;   /* there */
	__u16 echo5_writer;
};
ABI(struct http_router_layout);

/* Router and what it has of a request, an address of the target's, as one word. */
#define ROUTED_BY(router, has) ((__u64)(router) << 56 | (has))
#define ROUTER_OF(routed) ((routed) >> 56)
#define ROUTER_HAS(routed) ((routed) & ((1ull << 56) - 1))

#endif
