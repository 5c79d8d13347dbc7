/* SPDX-License-Identifier: GPL-2.0 */
/* Processes: who is born, who becomes another program, who is gone. */

SEC("tp_btf/sched_process_fork")
int process_fork(__u64 *ctx)
{
	return 0;
}

SEC("tp_btf/sched_process_exec")
int process_exec(__u64 *ctx)
{
	return 0;
}

SEC("tp_btf/sched_process_exit")
int process_exit(__u64 *ctx)
{
	return 0;
}
