/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections that net/http's transport makes, and what took how long; see http_client.bpf.c.
 *
 *   http_client_waits   no connection is idle: one is made, or others have to give one back
 *   http_dial_start ... [http_dial_stage, http_dial_stage_end] ... http_dial_end
 *
 * A connection is made on a goroutine of its own, and who has asked for it may have got another one by then. It is
 * told by what its net.Conn points to: the first attempt on it (http_client_attempt) has the times, if it was made
 * while that request waited.
 */

struct dial {
	__u64 began_ns;
	__u64 stage_began_ns;
	__u64 persist_conn; /* that gets TLS */
	__u64 conn;	    /* what the latest net.Conn points to */
	struct dial_times times;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, DIALS);
	__type(key, struct goroutine_key);
	__type(value, struct dial);
} dialing SEC(".maps");

/* net/http.(*Transport).queueForDial(w) */
SEC("uprobe")
int http_client_waits(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct active_span *active = client_span(&hit);

	if (!active)
		return 0;

	struct call_key key = client_key(&hit, active->mark);
	struct http_client_call *kept = kept_of(&key);

	if (!kept)
		return 0;

	struct http_client_record *record = (void *)kept + KEPT_BYTES;

	record->wait_ns = bpf_ktime_get_ns();
	record->flags |= HTTP_CLIENT_WAITS;
	return 0;
}

/* net/http.(*Transport).dialConn(...) */
SEC("uprobe")
int http_dial_start(struct pt_regs *ctx)
{
	struct dial dial = { .began_ns = bpf_ktime_get_ns() };
	struct hit hit;

	if (identify(ctx, &hit))
		bpf_map_update_elem(&dialing, &hit.key, &dial, BPF_ANY);
	return 0;
}

/* The variant is the stage; of HTTP_DIAL_HANDSHAKE the *persistConn is in RAX. */
SEC("uprobe")
int http_dial_stage(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	struct dial *dial = bpf_map_lookup_elem(&dialing, &hit.key);

	if (!dial)
		return 0;
	if (hit.variant == HTTP_DIAL_HANDSHAKE)
		dial->persist_conn = GO_ARG1(ctx);
	dial->stage_began_ns = bpf_ktime_get_ns();
	return 0;
}

/* A return: of HTTP_DIAL_CONNECT it is (net.Conn, error) that comes back. */
SEC("uprobe")
int http_dial_stage_end(struct pt_regs *ctx)
{
	__u64 now = bpf_ktime_get_ns();
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct http_client_layout *layout = LAYOUT(&hit, http_client_layout);
	struct dial *dial = bpf_map_lookup_elem(&dialing, &hit.key);

	if (!layout || !dial || !dial->stage_began_ns)
		return 0;

	__u64 took = now - dial->stage_began_ns;

	dial->stage_began_ns = 0;
	if (hit.variant == HTTP_DIAL_LOOKUP) {
		dial->times.lookup_ns += took;
	} else if (hit.variant == HTTP_DIAL_CONNECT) {
		dial->times.connect_ns += took;
		dial->conn = GO_RESULT2(ctx);
	} else {
		dial->times.handshake_ns += took;
		dial->conn = read_interface_at(dial->persist_conn, layout->http1_conn).data;
	}
	return 0;
}

/* A return of dialConn: (*persistConn, error). One for HTTP/2 leads to the connection, and has no net.Conn itself. */
SEC("uprobe")
int http_dial_end(struct pt_regs *ctx)
{
	struct hit hit;

	if (!identify(ctx, &hit))
		return 0;

	const struct http_client_layout *layout = LAYOUT(&hit, http_client_layout);
	struct dial *dial = bpf_map_lookup_elem(&dialing, &hit.key);
	__u64 persist_conn = GO_RESULT1(ctx);

	if (!dial)
		return 0;
	if (layout && persist_conn) {
		__u64 own = read_interface_at(persist_conn, layout->http1_conn).data;
		struct dialed_key key = dialed_key_of(&hit, own ? own : dial->conn);
		struct dialed dialed = { .began_ns = dial->began_ns, .times = dial->times };

		if (!bpf_map_update_elem(&dialed_connections, &key, &dialed, BPF_ANY))
			__sync_fetch_and_add(&hit.process->dialed, 1);
	}
	bpf_map_delete_elem(&dialing, &hit.key);
	return 0;
}
