/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The routes that gin, echo, chi and gorilla/mux have found for a request.
 *
 * All but gorilla's are asked with an object that the router takes from a pool for each request: http_router notes
 * which, and the route is read from it at the request's end. By then it may be another request's, so it counts only
 * if the object still says that it is of this one after it was read. That is sure, for a router first says in the
 * object which request it is of and then what it has found.
 *
 * Or it may be nobody's, and its memory another object's. Memory is freed when the collector has marked what is
 * alive, so it is still the router's if that has not come to pass since the object was last in the router's hands:
 * when it searched, or when it gave the object back to its pool, which http_router_return sees.
 */
#include "http_router.h"

LAYOUT_MAP(http_router_layout);

/* Contexts between the request's own and the one that a chi router was given. */
#define ROUTER_LINKS_MAX 16

/* Routers that are mounted in each other. */
#define ROUTER_MOUNTS_MAX 8

/* The itab of those of Go 1.20's timerCtx, which begin with a pointer and not with an interface; 0: there are none. */
static __always_inline __u64 pointing_timer(const struct runtime_layout *runtime, __u64 load_bias)
{
	return runtime->timer_context_pointer == 1 && runtime->timer_context ? runtime->timer_context + load_bias : 0;
}

/*
 * Whether a context is the request's own or made of it. All of package context's types begin with the context
 * that they are made of, and so does most of what embeds one.
 *
 * @timer of pointing_timer
 */
static __always_inline bool is_made_of(struct go_interface context, __u64 own, __u64 timer)
{
	for (int i = 0; i < ROUTER_LINKS_MAX && context.data; i++) {
		if (context.data == own)
			return true;
		if (timer && context.itab == timer)
			context = (struct go_interface){ 0, read_u64_at(context.data, 0) };
		else
			context = read_interface_at(context.data, 0);
	}
	return false;
}

/* The layout of what a router takes from its pool; 0: it has none. */
static __always_inline const struct pooled_layout *pooled_of(const struct http_router_layout *layout, __u64 router)
{
	__u64 index = router - ROUTER_GIN;

	if (index >= sizeof(layout->pooled) / sizeof(*layout->pooled))
		return 0;
	barrier_var(index); /* or the compiler adds before it compares, which the verifier refuses */
	return &layout->pooled[index];
}

/*
 * Whether what a router has, as kept->routed says it, is of the request. A global function, as `pack` is: the
 * verifier looks at it once.
 *
 * @timer of pointing_timer
 */
__noinline int is_routed(const struct http_server_layout *server, const struct http_router_layout *layout,
			 const struct http_server_call *kept, __u64 routed, __u64 timer)
{
	if (!server || !layout || !kept)
		return false;

	__u64 router = ROUTER_OF(routed), object = ROUTER_HAS(routed);
	const struct pooled_layout *pooled = pooled_of(layout, router);

	if (!pooled)
		return false;

	if (router == ROUTER_CHI)
		return kept->context && is_made_of(read_interface_at(object, pooled->asked), kept->context, timer);

	struct go_string uri = read_string_at(read_u64_at(object, pooled->asked), server->request.request_uri);

	return is_of_call(&uri, kept);
}

/*
 * Whether a router that takes an object from its pool, of the request, is asked for the client's sake. chi's object has
 * no writer: who searches is (*Mux).routeHTTP(w, r), whose frame is still the one there is.
 */
static __noinline int is_asked_for_client(const struct http_server_layout *server,
					  const struct http_router_layout *layout, const struct http_server_call *kept,
					  __u64 routed, __u64 frame)
{
	if (!server || !layout || !kept)
		return false;

	const struct pooled_layout *pooled = pooled_of(layout, ROUTER_OF(routed));
	__u64 object = ROUTER_HAS(routed), request = pooled ? read_u64_at(object, pooled->asked) : 0;
	struct go_interface writer;

	switch (ROUTER_OF(routed)) {
	case ROUTER_GIN:
		writer = read_interface_at(object, layout->gin_writer);
		break;
	case ROUTER_ECHO_4:
		writer = read_interface_at(read_u64_at(object, layout->echo4_response), layout->echo4_writer);
		break;
	case ROUTER_ECHO_5:
		writer = read_interface_at(object, layout->echo5_writer);
		break;
	default:
		writer = (struct go_interface){ spilled_argument(frame, 1), spilled_argument(frame, 2) };
		request = spilled_argument(frame, 3);
	}
	return is_for_client(server, kept, &writer, request);
}

/*
 * gin      (*Engine).handleHTTPRequest(c *Context)
 * echo 4   (*Router).Find(method, path string, c Context)
 * echo 5   (*DefaultRouter).Route(c *Context)
 * chi      (*node).FindRoute(rctx *Context, method methodTyp, path string)
 * gorilla  requestWithRoute(r *http.Request, route *Route), behind the search
 *
 * As with net/http's muxes, the one counts that is asked last about the request that came in.
 */
SEC("uprobe")
int http_router(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct http_server_layout *server = LAYOUT(&hit, http_server_layout);
	const struct http_router_layout *layout = LAYOUT(&hit, http_router_layout);
	struct call_key key;
	struct http_server_call *kept = kept_of_handler(&hit, &key);
	__u64 first = GO_ARG1(ctx), second = GO_ARG2(ctx), seventh = GO_ARG7(ctx);

	if (!server || !layout || !kept)
		return 0;
	barrier_var(first);
	barrier_var(second);
	barrier_var(seventh);
	if (hit.variant == ROUTER_GORILLA) {
		/* Before a push of its own frame: that is still (*Router).ServeHTTP's, whose second argument is w. */
		struct go_interface writer = { spilled_argument(GO_FRAME(ctx), 1), spilled_argument(GO_FRAME(ctx), 2) };
		struct go_string path =
			read_string_at(read_u64_at(second, layout->route_path), layout->regexp_template);

		if (path.length && is_for_client(server, kept, &writer, first))
			add_route(scratch_of_thread(), &key, &path, ROUTED_BY(ROUTER_GORILLA, second));
		return 0;
	}

	__u64 routed = ROUTED_BY(hit.variant, hit.variant == ROUTER_ECHO_4 ? seventh : second);

	if (is_routed(server, layout, kept, routed, pointing_timer(hit.runtime, hit.load_bias)) &&
	    is_asked_for_client(server, layout, kept, routed, GO_FRAME(ctx))) {
		kept->routed = routed;
		kept->collections = hit.process->collections;
		kept->old = false;
	}
	return 0;
}

/* Where a router calls (*sync.Pool).Put(x any): x.data is the object. */
SEC("uprobe")
int http_router_return(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	struct call_key key;
	struct http_server_call *kept = kept_of_handler(&hit, &key);
	__u64 object = GO_ARG3(ctx);

	if (!kept || ROUTER_OF(kept->routed) < ROUTER_GIN || ROUTER_HAS(kept->routed) != object ||
	    kept->collections == hit.process->collections)
		return 0;
	kept->collections = hit.process->collections;
	kept->old = true;
	return 0;
}

/*
 * runtime.gcMarkTermination: the world is stopped, all that is alive is marked, and from now on what is not is freed.
 */
SEC("uprobe")
int garbage_marked(struct pt_regs *ctx)
{
	struct hit hit;

	if (identify_process(ctx, &hit))
		__sync_fetch_and_add(&hit.process->collections, 1);
	return 0;
}

/*
 * Packs the patterns of chi routers that are mounted in each other as (*chi.Context).RoutePattern joins them:
 * what a mount matches by a star is what the next pattern says, and no slash is left at the end.
 */
static __noinline int pack_mounted(struct scratch *scratch, const struct go_string *patterns)
{
	if (!scratch || !patterns || patterns->length > ROUTER_MOUNTS_MAX)
		return false;

	struct span_header *span = span_of(scratch);
	struct string_ref *ref = &RECORD(scratch, http_server_record)->strings[HTTP_ROUTE];
	__u64 begin = span->header.size, end = begin;
	char last = 0;

	for (__u32 i = 0; i < ROUTER_MOUNTS_MAX && i < patterns->length; i++) {
		struct go_string pattern = read_string_at(patterns->address, i * sizeof(struct go_string));
		__u64 bytes = pattern.length;

		last = 0;
		if (bytes)
			read_user(&last, 1, pattern.address + bytes - 1);
		if (i + 1 < patterns->length && bytes && last == '*')
			bytes--;
		/* What it ends with now is the slash before the star, or one of its own; the next begins with one. */
		if (i + 1 < patterns->length && bytes && (last == '*' || last == '/'))
			bytes--;
		barrier_var(bytes);
		barrier_var(end);
		if (!bytes)
			continue;
		if (bytes > ROUTE_LIMIT || end - begin > ROUTE_LIMIT - bytes || end > STRINGS_MAX ||
		    read_user(scratch->call.record + end, bytes, pattern.address))
			return false;
		end += bytes;
	}
	if (last == '/' && end > begin + 1)
		end--;
	if (end == begin)
		return false;
	*ref = (struct string_ref){ begin, end - begin, end - begin };
	span->header.size = end;
	return true;
}

__noinline int complete_by_router(struct scratch *scratch, const struct http_server_layout *server)
{
	if (!scratch || !server)
		return false;

	struct http_server_record *record = RECORD(scratch, http_server_record);
	const struct http_server_call *kept = KEPT(scratch, http_server_call);
	struct string_ref *route = &record->strings[HTTP_ROUTE];
	__u32 binary = record->span.header.binary, size = record->span.header.size, tgid = record->span.header.tgid;
	const struct http_router_layout *layout = bpf_map_lookup_elem(&http_router_layout, &binary);
	const struct runtime_layout *runtime = bpf_map_lookup_elem(&runtime_layout, &binary);
	const struct process *process = bpf_map_lookup_elem(&processes, &tgid);
	__u64 router = ROUTER_OF(kept->routed);

	if (router == ROUTER_GORILLA)
		return route->length;

	const struct pooled_layout *pooled = layout ? pooled_of(layout, router) : 0;

	if (!pooled || !runtime || !process)
		return false;

	bool alive = kept->collections == process->collections;

	if (kept->old || !alive)
		record->flags |= HTTP_ROUTE_OLD;
	if (!alive) {
		record->flags |= HTTP_ROUTE_UNPROVEN;
		*route = (struct string_ref){};
		return true;
	}

	struct string_ref outer = *route;
	struct go_string found = read_string_at(ROUTER_HAS(kept->routed), pooled->found);

	*route = (struct string_ref){};
	if (found.length && router == ROUTER_CHI)
		pack_mounted(scratch, &found);
	else if (found.length)
		pack(scratch, route, &found, ROUTE_LIMIT);
	/* Whose it was that was read is known only now. */
	if (!is_routed(server, layout, kept, kept->routed, pointing_timer(runtime, process->load_bias))) {
		*route = (struct string_ref){};
		record->span.header.size = size;
		return true;
	}
	if (route->length)
		return true;
	*route = outer;
	return false;
}
