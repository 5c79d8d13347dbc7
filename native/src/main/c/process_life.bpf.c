/* SPDX-License-Identifier: GPL-2.0 */
/* Processes: who is born, who becomes another program, who is gone. */

struct signal_struct {
	struct {
		int counter;
	} live; /* threads of the process that have not exited */
	int group_exit_code;
	unsigned int flags;
} __attribute__((preserve_access_index));

#define SIGNAL_GROUP_EXIT 0x4 /* include/linux/sched/signal.h */

/* Tells user space, at once: it has to attach before the new program serves its first request. */
static __always_inline void report(enum process_record_type type, struct task_struct *task, __u32 tgid, __s32 exit_code)
{
	struct process_record record = {
		.header = { .size = sizeof(record), .type = type, .tgid = tgid },
		.time_ns = bpf_ktime_get_ns(),
		.parent_tgid = process_id(task->real_parent),
		.exit_code = exit_code,
		.exec_id = task->self_exec_id,
	};

	if (bpf_ringbuf_output(&ring, &record, sizeof(record), BPF_RB_FORCE_WAKEUP))
		count(type, COUNT_EVENTS_LOST);
}

/* sched_process_fork(parent, child): the child is not running yet. */
SEC("tp_btf/sched_process_fork")
int process_fork(__u64 *ctx)
{
	struct task_struct *parent = (void *)ctx[0];
	struct task_struct *child = (void *)ctx[1];

	if (child->pid != child->tgid) /* a thread */
		return 0;

	__u32 parent_tgid = process_id(parent), child_tgid = process_id(child);

	struct process *process = bpf_map_lookup_elem(&processes, &parent_tgid);

	if (!process || !(process->flags & PROCESS_FOLLOW_CHILDREN))
		return 0;

	struct process copy = { .flags = process->flags };

	bpf_map_update_elem(&processes, &child_tgid, &copy, BPF_ANY);
	return 0;
}

/* sched_process_exec(task, old_pid, bprm) */
SEC("tp_btf/sched_process_exec")
int process_exec(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	const struct settings *now = current_settings();
	__u32 tgid = process_id(task);

	if (!tgid)
		return 0;
	forget_room(tgid);

	struct process *process = bpf_map_lookup_elem(&processes, &tgid);

	if (process) {
		process->binary = 0;
		process->incarnation = 0;
	}
	if (process || (now && now->watch_exec))
		report(RECORD_PROCESS_EXEC, task, tgid, 0);
	return 0;
}

/* sched_process_exit(task): once per thread; the process is gone with the last. */
SEC("tp_btf/sched_process_exit")
int process_exit(__u64 *ctx)
{
	struct task_struct *task = (void *)ctx[0];
	struct signal_struct *signal = task->signal;
	const struct settings *now = current_settings();

	if (signal->live.counter)
		return 0;

	__u32 tgid = process_id(task);

	if (!tgid)
		return 0;
	forget_room(tgid);
	if (bpf_map_delete_elem(&processes, &tgid) && !(now && now->watch_exec))
		return 0;
	report(RECORD_PROCESS_EXIT, task, tgid,
	       signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code : task->group_leader->exit_code);
	return 0;
}
