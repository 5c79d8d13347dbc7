/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls on the wire: which client's span sends the request that a server on this host gets, though nothing of it is
 * written anywhere.
 *
 * A client's program says before its request is written on which connection that will be, and a server's program asks
 * for its own connection. Both ends read what a connection is from the kernel's socket: of TCP the numbers with which
 * its ends began to count bytes, which the kernel draws anew for each connection, from a secret and a clock of 64
 * nanoseconds. No two connections have the same two, whichever addresses and ports they have, however soon these are
 * used again, and in whichever network namespaces. Of a Unix socket it is the client's end itself.
 *
 * On a connection of HTTP/1 one request follows another. How many bytes either end has sent and read says which of
 * them it is: the client has read all that the server had sent before, and the server has read some of what the client
 * has sent since. A stream of HTTP/2 has a number that its connection never uses again. Each call is taken once, and
 * none of a process that is no longer watched. Where any of this cannot be read, or does not agree, there is no link.
 */
#ifndef GOSHAWK_WIRE_H
#define GOSHAWK_WIRE_H

/* Mirrors of kernel types, as in process_id.h. */
struct inode {
	unsigned long i_ino;
} __attribute__((preserve_access_index));

struct file {
	void *private_data;
	struct inode *f_inode;
} __attribute__((preserve_access_index));

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} __attribute__((preserve_access_index));

struct files_struct {
	struct fdtable *fdt;
} __attribute__((preserve_access_index));

struct socket {
	struct sock *sk;
} __attribute__((preserve_access_index));

struct socket_alloc {
	struct socket socket;
	struct inode vfs_inode;
} __attribute__((preserve_access_index));

struct sock_common {
	unsigned short skc_family;
} __attribute__((preserve_access_index));

/* It begins with a spin lock, whose first word is 0 while nobody has it. */
typedef struct {
	int owned;
} __attribute__((preserve_access_index)) socket_lock_t;

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	__u16 sk_protocol;
	struct socket *sk_socket;
} __attribute__((preserve_access_index));

struct tcp_sock {
	__u32 snd_una;	  /* all before it was received by the other end */
	__u32 rcv_nxt;	  /* all before it was received by this one */
	__u32 write_seq;  /* all before it was sent by the application */
	__u32 copied_seq; /* all before it was read by the application */
	__u64 bytes_acked;
	__u64 bytes_received;
} __attribute__((preserve_access_index));

struct unix_sock {
	struct sock *peer;
} __attribute__((preserve_access_index));

#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define IPPROTO_TCP 6

/* A field of the kernel's struct at an address; zero if it cannot be read. */
#define KERNEL_FIELD(address, type, field)                                                              \
	({                                                                                              \
		typeof(((struct type *)0)->field) value = 0;                                            \
		bpf_probe_read_kernel(&value, sizeof(value),                                            \
				      (void *)((address) + bpf_core_field_offset(struct type, field))); \
		value;                                                                                  \
	})

/* ---- connections ------------------------------------------------------------------------------ */

enum end_of_connection {
	CLIENT_END,
	SERVER_END,
};

/* What both ends know of a connection, and how far one of them is. */
struct connection {
	__u64 id[2];
	__u32 sent;	/* behind the last byte that this end has sent */
	__u32 received; /* behind the last byte that it has read */
	__u32 stream;	/* of HTTP/2; 0: it is one of HTTP/1 */
	__u32 counted;	/* 1: sent and received are known */
};

#define CONN_LAYERS 4 /* structs around one */

/*
 * Takes the net.Conn that another one wraps. The field is known of a *tls.Conn; in any other struct it is the only
 * value whose itab is one of net.Conn, as far as it is searched. A global function, as `pack` is.
 */
__noinline int unwrap_conn(struct go_interface *conn, const struct runtime_layout *runtime, __u64 load_bias)
{
	struct scratch *scratch = scratch_of_thread();
	struct go_interface found = {};

	if (!conn || !runtime || !scratch)
		return false;
	if (runtime->tls_conn && conn->itab == runtime->tls_conn + load_bias) {
		*conn = read_interface_at(conn->data, runtime->tls_conn_inner);
		return true;
	}

	__u64 net_conn = read_u64_at(runtime->tcp_conn + load_bias, ITAB_INTERFACE);
	__u64 size = struct_size(conn), *words = scratch->context_words;

	if (!net_conn || !read_object_into(words, CONTEXT_WINDOW, CONTEXT_WINDOW, conn->data))
		return false;
	for (int i = 0; i < CONTEXT_WINDOW / 8 - 1 && (i + 2) * 8 <= size; i++) {
		if (!words[i] || words[i] & 7 || read_u64_at(words[i], ITAB_INTERFACE) != net_conn)
			continue;
		if (found.itab)
			return false;
		found = (struct go_interface){ words[i], words[i + 1] };
	}
	*conn = found;
	return found.itab != 0;
}

/*
 * Takes the net.Conn of package net that a connection is, or is wrapped around; false: there is none. Those have all
 * the same beginning, and a *net.netFD in the same place.
 */
__noinline int innermost_conn(struct go_interface *conn, const struct runtime_layout *runtime, __u64 load_bias)
{
	if (!conn || !runtime || !runtime->tcp_conn)
		return false;
	for (int i = 0; i <= CONN_LAYERS; i++) {
		if (conn->itab == runtime->tcp_conn + load_bias ||
		    (runtime->unix_conn && conn->itab == runtime->unix_conn + load_bias))
			return true;
		if (i == CONN_LAYERS || !unwrap_conn(conn, runtime, load_bias))
			break;
	}
	return false;
}

/* Bit of internal/poll.fdMutex.state: set for good before the descriptor is closed (fd_mutex.go). */
#define FD_CLOSED 1

/* The kernel's file of a *net.netFD; 0: it has none. */
static __always_inline __u64 file_of(const struct runtime_layout *runtime, __u64 fd)
{
	struct files_struct *files = ((struct task_struct *)bpf_get_current_task_btf())->files;
	__s32 number = -1;
	__u64 table = 0, file = 0;

	if (!fd || runtime->fd_number == OFFSET_UNKNOWN ||
	    read_user(&number, sizeof(number), fd + runtime->fd_number) || number < 0)
		return 0;

	__u64 descriptors = (__u64)files->fdt;

	if (number >= KERNEL_FIELD(descriptors, fdtable, max_fds))
		return 0;
	table = (__u64)KERNEL_FIELD(descriptors, fdtable, fd);
	bpf_probe_read_kernel(&file, sizeof(file), (void *)(table + number * sizeof(file)));
	return file;
}

/* Where both directions of a TCP connection begin. */
struct first_bytes {
	__u32 own;
	__u32 others;
};

/*
 * How many bytes were counted, and up to where, says where a direction begins. The kernel changes one number after
 * the other, with the socket locked.
 */
static __always_inline struct first_bytes first_bytes_of(__u64 sk)
{
	return (struct first_bytes){
		KERNEL_FIELD(sk, tcp_sock, snd_una) - (__u32)KERNEL_FIELD(sk, tcp_sock, bytes_acked),
		KERNEL_FIELD(sk, tcp_sock, rcv_nxt) - (__u32)KERNEL_FIELD(sk, tcp_sock, bytes_received),
	};
}

/* Whether somebody may be changing a socket: who brings what has come spins, and a process in a system call owns it. */
static __always_inline bool is_locked(__u64 sk)
{
	__u32 spinning = 0;

	bpf_probe_read_kernel(&spinning, sizeof(spinning), (void *)(sk + bpf_core_field_offset(struct sock, sk_lock)));
	return spinning || KERNEL_FIELD(sk, sock, sk_lock.owned);
}

/*
 * So often the numbers are read at most until they were the same twice while nobody had the lock. Who has it may have
 * been interrupted between two of them, and for longer than this takes; that is rare, and so they count then if they
 * were the same twice.
 */
#define FIRST_BYTES_READS 256

struct reading {
	__u64 sk;
	struct first_bytes first;
	bool same; /* as the time before */
};

/* Reads the numbers once more; 1: that is enough. */
static long read_first_bytes(__u32 reads, struct reading *reading)
{
	struct first_bytes before = reading->first;
	bool locked = is_locked(reading->sk);

	reading->first = first_bytes_of(reading->sk);
	reading->same = reads && reading->first.own == before.own && reading->first.others == before.others;
	return reading->same && !locked && !is_locked(reading->sk);
}

/*
 * Reads what a TCP socket is an end of. The end that has connected counts its SYN among the bytes that were
 * acknowledged, the other one has begun behind its own.
 */
static __noinline int read_tcp_end(struct connection *to, __u64 sk, enum end_of_connection end)
{
	if (!to)
		return false;

	struct reading reading = { .sk = sk };

	to->sent = KERNEL_FIELD(sk, tcp_sock, write_seq);
	to->received = KERNEL_FIELD(sk, tcp_sock, copied_seq);
	bpf_loop(FIRST_BYTES_READS, read_first_bytes, &reading, 0);
	if (!reading.same)
		return false;

	struct first_bytes first = reading.first;

	if (end == CLIENT_END)
		first.own++;
	to->id[0] = end == CLIENT_END ? (__u64)first.own << 32 | first.others : (__u64)first.others << 32 | first.own;
	to->id[1] = 0;
	to->counted = 1;
	return true;
}

/* The same of a Unix socket: the connection is known by its client's end, and by the inode of that. */
static __always_inline bool read_unix_end(struct connection *to, __u64 sk, enum end_of_connection end, __u64 file)
{
	__u64 inode = 0;

	if (end == CLIENT_END) {
		inode = (__u64)KERNEL_FIELD(file, file, f_inode);
	} else {
		sk = (__u64)KERNEL_FIELD(sk, unix_sock, peer);

		__u64 socket = sk ? (__u64)KERNEL_FIELD(sk, sock, sk_socket) : 0;

		inode = socket ? socket - bpf_core_field_offset(struct socket_alloc, socket) +
					 bpf_core_field_offset(struct socket_alloc, vfs_inode) :
				 0;
	}
	to->id[0] = sk;
	to->id[1] = inode ? KERNEL_FIELD(inode, inode, i_ino) : 0;
	return to->id[1];
}

/*
 * Tells of which connection a net.Conn is an end; false: that cannot be told.
 *
 * A descriptor may be closed, and its number another socket's, while this looks; but Go says so before it closes one.
 */
static __noinline int read_end(struct connection *to, const struct hit *hit, const struct go_interface *conn,
			       enum end_of_connection end)
{
	if (!to || !hit || !conn)
		return false;

	const struct runtime_layout *runtime = hit->runtime;
	struct go_interface inner = *conn;

	if (!innermost_conn(&inner, runtime, hit->load_bias))
		return false;

	__u64 fd = read_u64_at(inner.data, runtime->conn_fd);
	__u64 file = file_of(runtime, fd);

	if (!file || runtime->fd_state == OFFSET_UNKNOWN)
		return false;

	__u64 socket = (__u64)KERNEL_FIELD(file, file, private_data);
	__u64 sk = (__u64)KERNEL_FIELD(socket, socket, sk);
	__u16 family = KERNEL_FIELD(sk, sock, __sk_common.skc_family);
	__u64 state = FD_CLOSED;

	if (family == AF_UNIX) {
		/* Nothing counts its bytes, so nothing tells whether what is wrapped around it has it to itself. */
		if (inner.data != conn->data || !read_unix_end(to, sk, end, file))
			return false;
	} else if ((family != AF_INET && family != AF_INET6) || KERNEL_FIELD(sk, sock, sk_protocol) != IPPROTO_TCP ||
		   !read_tcp_end(to, sk, end)) {
		return false;
	}
	return !read_user(&state, sizeof(state), fd + runtime->fd_state) && !(state & FD_CLOSED);
}

/* ---- calls ------------------------------------------------------------------------------------ */

/*
 * Makes a span, be it a core or an active one, the caller, whose application sends that with the request; 0: not known.
 */
#define BE_CALLER(caller, span, with)                                                                           \
	({                                                                                                      \
		const struct trace_reference *sent_with = with;                                                 \
		__builtin_memcpy((caller)->trace_id, (span)->trace_id, sizeof((caller)->trace_id));             \
		__builtin_memcpy((caller)->span_id, (span)->span_id, sizeof((caller)->span_id));                \
		if (sent_with && sent_with->passed_on)                                                          \
			__builtin_memcpy((caller)->passed_on, sent_with->span_id, sizeof((caller)->passed_on)); \
		(caller)->trace_flags = (span)->trace_flags;                                                    \
		(caller)->known = true;                                                                         \
	})

static __always_inline struct wire_use *use_of_wire(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&wire_use, &zero);
}

static __always_inline struct wire_set *set_of_connection(const struct connection *connection)
{
	__u32 index = ((connection->id[0] ^ connection->id[1]) + connection->stream) * 0x9e3779b97f4a7c15 >> 32;

	_Static_assert((WIRE_SETS & (WIRE_SETS - 1)) == 0, "bits make the index");
	index &= WIRE_SETS - 1;
	return bpf_map_lookup_elem(&wire, &index);
}

static __always_inline bool is_on(const volatile struct wire_call *call, const struct connection *connection)
{
	return call->connection[0] == connection->id[0] && call->connection[1] == connection->id[1] &&
	       call->stream == connection->stream;
}

/* Where in a set a call can be noted, as it was when nobody wrote there. */
struct wire_place {
	__u32 way;
	__u32 version;
	bool found;
	bool again; /* it has the call before on the same connection, or stream */
};

/* The place of a connection's own call, else of one that was taken, else of the oldest. */
static __noinline int find_wire_place(struct wire_place *place, const struct wire_set *set,
				      const struct connection *connection, __u32 now_ms)
{
	__u32 least = 0;

	if (!place || !set || !connection)
		return 0;
	place->found = place->again = false;
	for (__u32 i = 0; i < WIRE_WAYS; i++) {
		const volatile struct wire_call *call = &set->calls[i];
		__u32 version = call->version;
		/* That was taken comes before all that may still be. */
		__u32 worth = call->taken ? ~0u : (now_ms - call->sent_ms) >> 1;
		bool again = is_on(call, connection);

		if (again) {
			/* No second one beside it, even while it is written. */
			*place = (struct wire_place){ i, version, true, true };
			break;
		}
		if (version & 1 || (place->found && worth < least))
			continue;
		*place = (struct wire_place){ i, version, true, false };
		least = worth;
	}
	return 0;
}

/* Programs on other CPUs may write where this one wants to. */
#define WIRE_TRIES 3

/* Takes a place to write in, which nobody has written in since it was found; 0: there is none. */
static __always_inline struct wire_call *own_wire_place(struct wire_place *place, struct wire_set *set,
							const struct connection *connection, __u32 now_ms)
{
	for (int i = 0; i < WIRE_TRIES; i++) {
		find_wire_place(place, set, connection, now_ms);
		if (!place->found)
			continue;

		__u32 way = place->way;

		barrier_var(way);

		struct wire_call *call = &set->calls[way & (WIRE_WAYS - 1)];

		if (own_place(&call->version, place->version))
			return call;
	}
	return 0;
}

/*
 * Says who sends the next request on a connection, or its stream. Without a caller that is known nobody does, and
 * what was said before no longer holds. (`used`: else the compiler leaves out the result, which nobody looks at, and
 * the verifier refuses what is then left in its register.)
 *
 * @holder what the program's net.Conn points to: its end of the connection, or what is around that
 */
static __noinline __attribute__((used)) int send_call(const struct hit *hit, const struct connection *connection,
						      const struct caller *caller, __u64 holder)
{
	if (!hit || !connection || !caller)
		return 0;

	struct wire_set *set = set_of_connection(connection);
	struct wire_use *use = use_of_wire();
	__u32 now_ms = bpf_ktime_get_ns() >> 20;
	struct wire_place place = {};

	if (!set || !use)
		return 0;
	if (!caller->known) {
		find_wire_place(&place, set, connection, now_ms);
		if (!place.again)
			return 0;
	}

	struct wire_call *call = own_wire_place(&place, set, connection, now_ms);

	if (!call)
		return 0;
	call->connection[0] = connection->id[0];
	call->connection[1] = connection->id[1];
	call->stream = connection->stream;
	call->sent = connection->sent;
	call->received = connection->received;
	call->counted = connection->counted;
	call->tgid = hit->key.tgid;
	call->incarnation = hit->process->incarnation;
	call->sent_ms = now_ms;
	call->first = !place.again;
	call->taken = 0;
	call->caller = *caller;
	/*
	 * A number of a stream that comes twice is none, and HTTP/1 that is written through another object than before
	 * has the connection not for itself: an application's multiplexer lets several share it.
	 */
	if (place.again && (connection->stream || call->holder != holder))
		call->shared = 1;
	else if (!place.again)
		call->shared = 0;
	call->holder = holder;
	if (call->shared)
		call->caller.known = 0;
	give_place(&call->version, place.version);
	if (!use->calls)
		use->calls = 1;
	if (!use->passed_on && load64((const char *)caller->passed_on))
		use->passed_on = 1;
	return 0;
}

/* Whether it may be worth it to ask for the caller of a request, of which a traceparent may have told already. */
static __always_inline bool may_have_caller(const struct span_core *core)
{
	const struct wire_use *use = use_of_wire();

	return use && (core->parent_source == PARENT_NONE ? use->calls : use->passed_on);
}

/*
 * Whether a request that has come on a connection can be only the one that was sent. Over TLS the server may send
 * something (tickets for a resumption) that the client reads only behind its first request.
 */
static __always_inline bool agrees(const struct wire_call *call, const struct connection *connection, bool tls)
{
	if (!call->counted || !connection->counted)
		return call->counted == connection->counted;
	if ((__s32)(connection->received - call->sent) <= 0)
		return false;
	if (connection->stream)
		return true;
	return call->received == connection->sent ||
	       (tls && call->first && (__s32)(connection->sent - call->received) > 0);
}

/* Whether the process that has sent a call is watched as it was then. */
static __always_inline bool is_watched(const struct wire_call *call)
{
	__u32 tgid = call->tgid;
	const struct process *process = bpf_map_lookup_elem(&processes, &tgid);

	return process && process->incarnation == call->incarnation;
}

/*
 * Makes the caller of a request its parent: of one that has no traceparent, or that very one that the caller only
 * passed on. False: it is not known.
 */
static __noinline int adopt_caller(struct scratch *scratch, const struct connection *connection, bool tls)
{
	if (!scratch || !connection)
		return false;

	struct span_core *core = &((struct span_header *)scratch->call.record)->core;
	struct wire_set *set = set_of_connection(connection);
	struct wire_call *copy = &scratch->sent_call;

	if (!set)
		return false;
	for (int way = 0; way < WIRE_WAYS; way++) {
		volatile struct wire_call *call = &set->calls[way];

		if (!is_on(call, connection))
			continue;
		*copy = *call;
		if (!is_whole(copy->version, &call->version) || copy->taken || !copy->caller.known ||
		    !agrees(copy, connection, tls) || !is_watched(copy))
			return false;
		if (core->parent_source != PARENT_NONE &&
		    (!same_bytes(core->parent_span_id, copy->caller.passed_on, sizeof(core->parent_span_id)) ||
		     !same_bytes(core->trace_id, copy->caller.trace_id, sizeof(core->trace_id))))
			return false;
		call->taken = 1;
		__builtin_memcpy(scratch->came_in, core->parent_span_id, sizeof(scratch->came_in));
		__builtin_memcpy(core->trace_id, copy->caller.trace_id, sizeof(core->trace_id));
		__builtin_memcpy(core->parent_span_id, copy->caller.span_id, sizeof(core->parent_span_id));
		core->trace_flags = copy->caller.trace_flags;
		core->parent_source = PARENT_LINK;
		return true;
	}
	return false;
}

#endif
