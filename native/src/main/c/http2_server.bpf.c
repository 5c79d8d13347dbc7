/* SPDX-License-Identifier: GPL-2.0 */
/* Requests that the HTTP/2 servers of net/http and of x/net answer; see http_server.bpf.c. */

/* The goroutine is in the request that the parent was in. False: that was in none that is recorded. */
static __always_inline bool move_active(const struct hit *hit, struct scratch *scratch,
					const struct goroutine_key *parent, bool *entered)
{
	struct active_spans *spans = active_of(parent);
	struct active_span *span = innermost_of(spans, RECORD_HTTP_SERVER);

	/* None: it was lost, and counted then. */
	if (!span)
		return false;

	struct active_span *moved = new_active(scratch);
	__u32 context = spans->context, owned = spans->owned;

	*moved = *span;
	leave(parent, spans, span);
	*entered = enter(scratch, &hit->key, active_of(&hit->key), true, context, owned);
	return moved->flags & SPAN_SAMPLED;
}

/*
 * Gives the span of the HTTP/1 request that became stream 1 to the goroutine that runs the stream.
 *
 * A function of its own for what it has on the stack.
 */
static __noinline int take_over(const struct hit *hit, struct scratch *scratch, __u64 request, __u64 writer)
{
	struct goroutine_key parent = {
		.goid = read_u64_at(hit->g, hit->runtime->g_parent_goid),
		.tgid = hit->key.tgid,
		.exec_id = hit->key.exec_id,
	};
	struct call_key from = call_of(&parent, RECORD_HTTP_SERVER), to = call_of(&hit->key, RECORD_HTTP_SERVER);
	bool entered = true;

	if (has_calls(hit) && !move_active(hit, scratch, &parent, &entered))
		return 0;
	if (!take_call(scratch, &from))
		return 0;
	KEPT(scratch, http_server_call)->request = request;
	KEPT(scratch, http_server_call)->writer = writer;
	span_of(scratch)->goid = hit->key.goid;
	remove_call(&to);
	if (!entered || put_call(scratch, &to))
		count(RECORD_HTTP_SERVER, COUNT_SPANS_REPLACED);
	return 0;
}

/* As pass_request_by, of http2_handler_start. */
static __noinline int pass_stream_by(struct pt_regs *ctx, struct hit *hit)
{
	if (!hit || !is_untraced(ctx, hit))
		return 0;

	const struct http_server_layout *layout = LAYOUT(hit, http_server_layout);

	if (!layout)
		return 0;

	__u16 proto_major =
		hit->variant == H2_STANDARD ? layout->server_request.proto_major : layout->request.proto_major;

	/* What was asked for over HTTP/1 has been counted there. */
	if (read_u64_at(GO_ARG3(ctx), proto_major) != 1)
		count_untraced(hit, RECORD_HTTP_SERVER);
	return 0;
}

/*
 * (*serverConn).runHandler(rw *responseWriter, req, handler), sc in RAX: of x/net with an *http.Request,
 * of net/http/internal/http2 (Go 1.27) with a *ServerRequest. The latter is worth its trap only in a binary
 * that has x/net's (*http2.Server).ServeConn: all other requests come to serverHandler.ServeHTTP as well.
 */
SEC("uprobe")
int http2_handler_start(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return pass_stream_by(ctx, &hit);

	const struct http_server_layout *layout = LAYOUT(&hit, http_server_layout);
	bool own_type = hit.variant == H2_STANDARD;
	__u64 request = GO_ARG3(ctx), held = own_type ? 0 : request;
	struct scratch *scratch = scratch_of_thread();

	if (!layout)
		return 0;
	if (!scratch)
		return lost(COUNT_LOST_NO_SCRATCH);

	struct http_server_record *record = RECORD(scratch, http_server_record);

	begin(scratch, &hit, RECORD_HTTP_SERVER, SPAN_SERVER, sizeof(*record));
	if (!read_request(scratch, own_type ? &layout->server_request : &layout->request, request))
		return lost(COUNT_LOST_UNREADABLE_AT_START);
	if (record->protocol_major == 1)
		return take_over(&hit, scratch, held, GO_ARG2(ctx));
	return start(&hit, scratch, layout, &layout->h2[own_type ? H2_STANDARD : H2_X_NET], held, GO_ARG2(ctx));
}

/*
 * Adds what an HTTP/2 *responseWriter says to the record in scratch; false: it cannot be read. A panic resets
 * the stream: only a header that was sent before reached the peer.
 *
 * The writer is alive, for the deferred function that runs needs it, and it has its state until that puts it back
 * into its pool. The state holds the Request until then.
 */
static __always_inline bool read_h2_response(struct scratch *scratch, const struct h2_layout *layout, bool panics)
{
	struct http_server_record *record = RECORD(scratch, http_server_record);
	struct http_server_call *kept = KEPT(scratch, http_server_call);
	__u64 rws = read_u64_at(kept->writer, layout->writer_rws);

	if (!rws)
		return false;
	kept->request = read_u64_at(rws, layout->rws_request);
	if (read_u8_at(rws, panics ? layout->rws_sent_header : layout->rws_wrote_header))
		record->status = read_u64_at(rws, layout->rws_status);
	else
		record->status = panics ? 0 : 200;
	record->response_body_bytes =
		layout->rws_wrote_bytes == OFFSET_UNKNOWN ? -1 : read_u64_at(rws, layout->rws_wrote_bytes);

	__u64 declared = read_u64_at(rws, layout->rws_sent_content_length);

	if (declared) /* 0: none was declared, or nothing */
		record->response_body_bytes = sent(record->response_body_bytes, declared);
	return true;
}

/* As headers_of, of an HTTP/2 response. */
static __always_inline __u64 h2_headers_of(const struct h2_layout *layout, __u64 writer)
{
	if (!captures(HEADERS_SERVER_RESPONSE))
		return 0;

	__u64 rws = read_u64_at(writer, layout->writer_rws);

	return read_u64_at(rws, read_u8_at(rws, layout->rws_wrote_header) ? layout->rws_snap_header :
									    layout->rws_handler_header);
}

/* (*serverConn).runHandler.func1(), deferred: an HTTP/2 handler has returned or panicked. */
SEC("uprobe")
int http2_handler_end(struct pt_regs *ctx)
{
	__u64 end_ns = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct http_server_layout *layout = LAYOUT(&hit, http_server_layout);
	bool panics = ends_by_panic(ctx, &hit);
	struct scratch *scratch = layout ? take_request(&hit) : 0;

	if (!scratch)
		return 0;

	const struct h2_layout *h2 = &layout->h2[hit.variant == H2_X_NET ? H2_X_NET : H2_STANDARD];

	bool read = read_h2_response(scratch, h2, panics);

	return finish(&hit, scratch, layout, read, h2_headers_of(h2, KEPT(scratch, http_server_call)->writer),
		      panics ? END_PANICKED : END_RETURNED, end_ns);
}
