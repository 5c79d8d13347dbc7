// SPDX-License-Identifier: Apache-2.0
/**
 * eBPF objects in the kernel, through libbpf: opening and loading one, its maps and programs, and
 * attaching programs to user-space addresses and tracepoints.
 *
 * <p>libbpf is bound by JNA's direct mapping, and only where the first object is opened. Structs of
 * its interface are plain memory with named offsets, which a test compares with a C compiler's.
 * Every failure is a {@link io.goshawk.loader.bpf.BpfException} with the operation, the errno and,
 * where one is known, the mend.
 *
 * <p>Objects and links belong to the thread that opens them; maps may be used from any thread until
 * their object is closed. Start reading at {@link io.goshawk.loader.bpf.BpfObject}.
 */
@NullMarked
package io.goshawk.loader.bpf;

import org.jspecify.annotations.NullMarked;
