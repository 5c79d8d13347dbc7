// SPDX-License-Identifier: Apache-2.0
package io.goshawk.loader.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The numbers written down here against those of a C compiler and the installed headers. These may
 * be older than uprobe_multi, whose attributes {@link AttachTest} shows to be right.
 */
class NativeLayoutTest {
  @TempDir Path folder;

  @Test
  void everyOffsetSizeAndConstantIsTheHeaders() throws Exception {
    Map<String, Long> ours = new LinkedHashMap<>();
    ours.put("sizeof(struct bpf_object_open_opts)", (long) OpenOptions.SIZE);
    ours.put("offsetof(struct bpf_object_open_opts, object_name)", (long) OpenOptions.OBJECT_NAME);
    ours.put("sizeof(struct bpf_uprobe_opts)", (long) UprobeOptions.SIZE);
    ours.put("offsetof(struct bpf_uprobe_opts, bpf_cookie)", (long) UprobeOptions.BPF_COOKIE);
    ours.put("sizeof(struct bpf_test_run_opts)", (long) TestRunOptions.SIZE);
    ours.put("offsetof(struct bpf_test_run_opts, ctx_in)", (long) TestRunOptions.CTX_IN);
    ours.put("offsetof(struct bpf_test_run_opts, ctx_size_in)", (long) TestRunOptions.CTX_SIZE_IN);
    ours.put("offsetof(struct bpf_test_run_opts, retval)", (long) TestRunOptions.RETVAL);
    ours.put("offsetof(union bpf_attr, prog_type)", (long) BpfSystemCall.ProgramLoad.PROG_TYPE);
    ours.put("offsetof(union bpf_attr, insn_cnt)", (long) BpfSystemCall.ProgramLoad.INSN_CNT);
    ours.put("offsetof(union bpf_attr, insns)", (long) BpfSystemCall.ProgramLoad.INSNS);
    ours.put("offsetof(union bpf_attr, license)", (long) BpfSystemCall.ProgramLoad.LICENSE);
    ours.put(
        "offsetof(union bpf_attr, expected_attach_type)",
        (long) BpfSystemCall.ProgramLoad.EXPECTED_ATTACH_TYPE);
    ours.put(
        "offsetof(union bpf_attr, link_create.prog_fd)", (long) BpfSystemCall.LinkCreate.PROG_FD);
    ours.put(
        "offsetof(union bpf_attr, link_create.attach_type)",
        (long) BpfSystemCall.LinkCreate.ATTACH_TYPE);
    ours.put("offsetof(union bpf_attr, pathname)", (long) BpfSystemCall.ObjectPin.PATH);
    ours.put("offsetof(union bpf_attr, bpf_fd)", (long) BpfSystemCall.ObjectPin.FD);
    ours.put("offsetof(union bpf_attr, info.bpf_fd)", (long) BpfSystemCall.ObjectInfo.FD);
    ours.put("offsetof(union bpf_attr, info.info_len)", (long) BpfSystemCall.ObjectInfo.LENGTH);
    ours.put("offsetof(union bpf_attr, info.info)", (long) BpfSystemCall.ObjectInfo.INFO);
    ours.put(
        "offsetof(struct bpf_prog_info, run_time_ns)",
        (long) BpfSystemCall.ProgramInfo.RUN_TIME_NANOS);
    ours.put("offsetof(struct bpf_prog_info, run_cnt)", (long) BpfSystemCall.ProgramInfo.RUN_COUNT);
    ours.put("offsetof(union bpf_attr, enable_stats.type)", (long) BpfSystemCall.EnableStats.TYPE);
    ours.put("BPF_STATS_RUN_TIME", (long) BpfSystemCall.EnableStats.RUN_TIME);
    ours.put("BPF_OBJ_GET_INFO_BY_FD", (long) BpfSystemCall.OBJ_GET_INFO_BY_FD);
    ours.put("BPF_ENABLE_STATS", (long) BpfSystemCall.ENABLE_STATS);
    ours.put("BPF_PROG_LOAD", (long) BpfSystemCall.PROG_LOAD);
    ours.put("BPF_OBJ_PIN", (long) BpfSystemCall.OBJECT_PIN);
    ours.put("BPF_LINK_CREATE", (long) BpfSystemCall.LINK_CREATE);
    ours.put("BPF_PROG_TYPE_KPROBE", (long) BpfSystemCall.PROGRAM_TYPE_KPROBE);
    ours.put("BPF_MAP_TYPE_RINGBUF", (long) BpfSupport.MAP_TYPE_RINGBUF);
    ours.put("BPF_MAP_TYPE_TASK_STORAGE", (long) BpfSupport.MAP_TYPE_TASK_STORAGE);
    ours.put("BPF_MAP_TYPE_PERCPU_HASH", (long) BpfMap.TYPE_PERCPU_HASH);
    ours.put("BPF_MAP_TYPE_PERCPU_ARRAY", (long) BpfMap.TYPE_PERCPU_ARRAY);
    ours.put("BPF_MAP_TYPE_LRU_PERCPU_HASH", (long) BpfMap.TYPE_LRU_PERCPU_HASH);
    ours.put("EOPNOTSUPP", (long) Errno.EOPNOTSUPP);
    ours.put("E2BIG", (long) Errno.E2BIG);
    ours.put("ENOSPC", (long) Errno.ENOSPC);
    ours.put("__NR_bpf", BpfSystemCall.NUMBER);
    ours.put("__NR_fsopen", LinkStore.FSOPEN);
    ours.put("__NR_fsconfig", LinkStore.FSCONFIG);
    ours.put("__NR_fsmount", LinkStore.FSMOUNT);
    ours.put("FSOPEN_CLOEXEC", (long) LinkStore.FSOPEN_CLOEXEC);
    ours.put("FSCONFIG_CMD_CREATE", (long) LinkStore.FSCONFIG_CMD_CREATE);
    ours.put("FSMOUNT_CLOEXEC", (long) LinkStore.FSMOUNT_CLOEXEC);
    ours.put("__NR_membarrier", RunningPrograms.MEMBARRIER);
    ours.put("MEMBARRIER_CMD_GLOBAL", (long) RunningPrograms.MEMBARRIER_CMD_GLOBAL);

    assertThat(new TreeMap<>(compiled(ours.keySet()))).isEqualTo(new TreeMap<>(ours));
  }

  private Map<String, Long> compiled(Iterable<String> expressions) throws Exception {
    var source =
        new StringBuilder(
            """
            #include <bpf/bpf.h>
            #include <bpf/libbpf.h>
            #include <errno.h>
            #include <linux/membarrier.h>
            #include <linux/mount.h>
            #include <stddef.h>
            #include <stdio.h>
            #include <sys/syscall.h>
            int main(void) {
            """);
    for (String expression : expressions) {
      source.append("printf(\"%ld %s\\n\", (long)(").append(expression).append("), ");
      source.append('"').append(expression).append("\");\n");
    }
    source.append("return 0; }\n");
    Path file = folder.resolve("headers.c");
    Files.writeString(file, source);
    Path program = folder.resolve("headers");
    HostCompiler.run("-o", program.toString(), file.toString());
    return HostCompiler.output(List.of(program.toString()))
        .lines()
        .map(line -> line.split(" ", 2))
        .collect(Collectors.toMap(parts -> parts[1], parts -> Long.valueOf(parts[0])));
  }
}
