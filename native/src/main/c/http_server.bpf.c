/* SPDX-License-Identifier: GPL-2.0 */
/* Requests that net/http and x/net/http2 servers answer. */

SEC("uprobe")
int http_server_start(struct pt_regs *ctx)
{
	return 0;
}

SEC("uprobe")
int http_server_end(struct pt_regs *ctx)
{
	return 0;
}

SEC("uprobe")
int http_server_abort(struct pt_regs *ctx)
{
	return 0;
}

SEC("uprobe")
int http2_handler_start(struct pt_regs *ctx)
{
	return 0;
}

SEC("uprobe")
int http2_handler_end(struct pt_regs *ctx)
{
	return 0;
}

SEC("uprobe")
int http_route(struct pt_regs *ctx)
{
	return 0;
}
