/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which inode the pages of a mapping come from: that is the one a probe lies on. In an overlay file system it is
 * the inode of a layer, which many overlays may share, while stat(2) shows each overlay's own.
 */

struct vm_area_struct {
	struct file *vm_file;
} __attribute__((preserve_access_index));

static long note_inode(struct task_struct *task, struct vm_area_struct *area, struct mapped_file *mapped)
{
	struct file *file = area->vm_file;

	if (file)
		mapped->inode = (__u64)file->f_inode;
	return 0;
}

SEC("syscall")
int mapped_inode(struct mapped_file *mapped)
{
	struct mapped_file found = {};

	bpf_find_vma(bpf_get_current_task_btf(), mapped->address, note_inode, &found, 0);
	mapped->inode = found.inode;
	return 0;
}
