// SPDX-License-Identifier: Apache-2.0
/**
 * ELF64 little-endian files, read through a few small buffers: headers, sections, segments,
 * symbols, dynamic relocations and (compressed) section contents.
 *
 * <p>Nothing here trusts a length or an offset of the file: whatever does not fit is a {@link
 * io.goshawk.loader.elf.MalformedFileException} that names the place. What is consistent and absurd
 * ends with the {@link io.goshawk.loader.elf.Budget} that a file is opened with. Memory does not
 * grow with the file. Start reading at {@link io.goshawk.loader.elf.ElfFile}. Instances are
 * confined to one thread.
 */
@NullMarked
package io.goshawk.loader.elf;

import org.jspecify.annotations.NullMarked;
