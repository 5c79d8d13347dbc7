/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses of package net. */
#ifndef GOSHAWK_NET_ADDRESS_H
#define GOSHAWK_NET_ADDRESS_H

/* A []byte with the field behind it, as a net.TCPAddr has IP and Port in all versions. */
struct tcp_address {
	struct go_string ip;
	__u64 capacity;
	__u64 port;
};

/* Tells what a net.TCPAddr says, of which the fields lie there; nothing if it cannot be read. */
static __always_inline void read_tcp_address(struct peer_address *peer, __u64 address, __u16 ip_field, __u16 port_field)
{
	struct tcp_address tcp = {};
	__u8 bytes[sizeof(peer->address)] = {};

	if (!address || port_field != ip_field + offsetof(struct tcp_address, port) ||
	    read_user(&tcp, sizeof(tcp), address + ip_field))
		return;
	if (tcp.ip.length == sizeof(bytes)) {
		if (read_user(bytes, sizeof(bytes), tcp.ip.address))
			return;
	} else if (tcp.ip.length != 4 || read_user(bytes, 4, tcp.ip.address)) {
		return;
	}
	__builtin_memcpy(peer->address, bytes, sizeof(bytes));
	peer->length = tcp.ip.length;
	peer->port = tcp.port;
}

#endif
