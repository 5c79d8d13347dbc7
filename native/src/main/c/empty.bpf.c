/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A program that does nothing, an object for itself: what a probe takes that runs it is what the trap takes.
 */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>

SEC("uprobe")
int empty(struct pt_regs *context)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
