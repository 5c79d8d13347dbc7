/**
 * ELF64 little-endian files, read from bounded windows of a mapped file: headers, sections,
 * segments, symbols, dynamic relocations and (compressed) section contents.
 *
 * <p>Nothing here trusts a length or an offset of the file: whatever does not fit is a {@link
 * io.goshawk.loader.elf.MalformedFileException} that names the place. Memory does not grow with the
 * file. Start reading at {@link io.goshawk.loader.elf.ElfFile}. Instances are confined to one
 * thread.
 */
@NullMarked
package io.goshawk.loader.elf;

import org.jspecify.annotations.NullMarked;
