/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a process is called: its id as the agent's own /proc has it, wherever the agent runs.
 *
 * A process has an id in its own pid namespace and in each one around that (pid_namespaces(7)). The kernel's
 * usual answer is the outermost, which means nothing in a container. bpf_get_ns_current_pid_tgid answers for
 * the innermost only, so for a process in a container of the agent's own namespace it has none.
 */
#ifndef GOSHAWK_PROCESS_ID_H
#define GOSHAWK_PROCESS_ID_H

/* Mirrors of kernel types with the fields used; the loader finds their places in the kernel's BTF. */
struct pid_namespace {
	struct {
		unsigned int inum;
	} ns;
} __attribute__((preserve_access_index));

struct upid {
	int nr;
	struct pid_namespace *ns;
} __attribute__((preserve_access_index));

struct pid {
	unsigned int level;
	struct upid numbers[1]; /* level + 1 of them, the outermost namespace's first */
} __attribute__((preserve_access_index));

struct mm_struct {
	unsigned long start_code;	  /* where the first executable segment of the executable lies */
	unsigned long arg_start, arg_end; /* the arguments, a NUL behind each */
	unsigned long env_start, env_end; /* the environment, the same */
} __attribute__((preserve_access_index));

struct cred {
	struct {
		unsigned int val;
	} euid;
} __attribute__((preserve_access_index));

struct task_struct {
	int pid;
	int tgid;
	int exit_code;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct signal_struct *signal;
	struct mm_struct *mm;
	struct files_struct *files;
	const struct cred *cred;
	__u64 start_boottime; /* nanoseconds after the machine's */
	__u64 self_exec_id;   /* counts executions; a child begins with its parent's number */
} __attribute__((preserve_access_index));

#define NAMESPACE_LEVELS 33 /* MAX_PID_NS_LEVEL of include/linux/pid_namespace.h, and the initial one */

/*
 * Inode of the agent's pid namespace, as /proc/self/ns/pid shows it; 0: the initial one. Set before loading:
 * the verifier knows it and leaves out what it rules out.
 */
const volatile __u32 agent_pid_namespace SEC(".rodata.pid_ns");

/* The process's id in the agent's namespace; 0: it is not there, and none of ours. */
static __always_inline __u32 process_id_in_namespace(struct task_struct *task)
{
	struct task_struct *leader = task->group_leader;
	__u64 pid = 0;
	__u32 level = 0;

	/* As plain numbers: the verifier of Linux 6.1 lets nobody index from a typed pointer. */
	bpf_probe_read_kernel(&pid, sizeof(pid), &leader->thread_pid);
	bpf_probe_read_kernel(&level, sizeof(level), (void *)(pid + bpf_core_field_offset(struct pid, level)));

	/* From the innermost, which is the agent's own for all but processes in containers inside. */
	for (int i = 0; i < NAMESPACE_LEVELS; i++) {
		__u64 namespace = 0;
		__u32 inode = 0, id = 0;

		if (i > level)
			break;

		__u64 number = pid + bpf_core_field_offset(struct pid, numbers) +
			       (level - i) * bpf_core_type_size(struct upid);

		bpf_probe_read_kernel(&namespace, sizeof(namespace),
				      (void *)(number + bpf_core_field_offset(struct upid, ns)));
		bpf_probe_read_kernel(&inode, sizeof(inode),
				      (void *)(namespace + bpf_core_field_offset(struct pid_namespace, ns.inum)));
		if (inode == agent_pid_namespace) {
			bpf_probe_read_kernel(&id, sizeof(id),
					      (void *)(number + bpf_core_field_offset(struct upid, nr)));
			return id;
		}
	}
	return 0;
}

static __always_inline __u32 process_id(struct task_struct *task)
{
	return agent_pid_namespace ? process_id_in_namespace(task) : task->tgid;
}

static __always_inline __u32 current_process_id(void)
{
	return agent_pid_namespace ? process_id_in_namespace((struct task_struct *)bpf_get_current_task_btf()) :
				     bpf_get_current_pid_tgid() >> 32;
}

/* What tells a process's life since it last executed something from the one before. */
static __always_inline __u32 current_exec_id(void)
{
	return ((struct task_struct *)bpf_get_current_task_btf())->self_exec_id;
}

#endif
