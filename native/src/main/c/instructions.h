/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long x86-64 instructions are that Go's compiler makes, and which of them lead elsewhere or take a lock.
 */
#ifndef GOSHAWK_INSTRUCTIONS_H
#define GOSHAWK_INSTRUCTIONS_H

#define CALL_OPCODE 0xe8
#define PADDING_OPCODE 0xcc /* INT3, which Go has between functions only */

/* What instruction_at says of one besides its length. */
enum instruction_kind {
	INSTRUCTION_PLAIN,
	INSTRUCTION_CALL,	   /* to where its last four bytes say */
	INSTRUCTION_JUMP,	   /* so does this one */
	INSTRUCTION_SHORT_JUMP,	   /* to where its last byte says */
	INSTRUCTION_INDIRECT_JUMP, /* nobody knows where to */
	INSTRUCTION_SWAP,	   /* a compare-and-swap under a LOCK prefix */
	INSTRUCTION_PADDING,
};

#define INSTRUCTION_LENGTH 0xff
#define INSTRUCTION_KIND(kind) ((kind) << 8)

/* One bit for each opcode of a map of 256. */
static __always_inline bool in_opcodes(__u8 opcode, __u64 first, __u64 second, __u64 third, __u64 fourth)
{
	__u64 bits = opcode & 0x80 ? (opcode & 0x40 ? fourth : third) : (opcode & 0x40 ? second : first);

	return bits >> (opcode & 63) & 1;
}

/*
 * The length of an instruction, of which these are the first sixteen bytes, and its kind; 0: Go's compiler makes none
 * such, AVX-512 among them. The opcodes are those of Intel's manual, volume 2, appendix A.
 *
 * A global function, as `pack` is.
 */
__noinline int instruction_at(__u64 low, __u64 high)
{
	bool is_narrow = false, is_wide = false, is_locked = false, has_modrm, has_byte, has_number = false;
	__u32 length = 0, map = 0, kind = INSTRUCTION_PLAIN;
	__u8 code = 0;

	for (int i = 0; i < 6; i++) {
		code = low;
		if ((code & 0xf0) == 0x40)
			is_wide = code & 8;
		else if (code == 0x66)
			is_narrow = true;
		else if (code == 0xf0)
			is_locked = true;
		else if (code != 0xf2 && code != 0xf3 && code != 0x2e && code != 0x64 && code != 0x65)
			break;
		length++;
		low = low >> 8 | high << 56;
		high >>= 8;
	}
	if (code == 0xc5) { /* VEX */
		map = 1;
		code = low >> 16;
		length += 3;
		low >>= 24;
	} else if (code == 0xc4) {
		map = low >> 8 & 31;
		code = low >> 24;
		length += 4;
		low = low >> 32 | high << 32;
	} else if (code == 0x0f) {
		__u8 second = low >> 8;

		map = second == 0x38 ? 2 : second == 0x3a ? 3 : 1;
		code = map > 1 ? low >> 16 : second;
		length += map > 1 ? 3 : 2;
		low >>= map > 1 ? 24 : 16;
		low |= high << 48; /* enough for what follows */
	} else {
		length++;
		low = low >> 8 | high << 56;
	}

	__u8 modrm = low, base = low >> 8 & 7, extension = modrm >> 3 & 7;

	if (!map) {
		if (in_opcodes(code, 0xc0c080c0c0c0c0c0, 0x0000008700000000, 0x0000000f04000004, 0x0000040000704d00))
			return 0;
		has_modrm = in_opcodes(code, 0x0f0f0f0f0f0f0f0f, 0x00000a0800000000, 0xffff, 0xc0c00000ff0f00c3);
		has_byte = in_opcodes(code, 0x1010101010101010, 0xffff0c0000000000, 0x00ff01000000000d,
				      0x000008ff00002043);
		has_number = in_opcodes(code, 0x2020202020202020, 0x0000030000000000, 0xff00020000000002,
					0x0000030000000080);
		if (code == 0xf6)
			has_byte = extension < 2;
		if (code == 0xf7)
			has_number = extension < 2;
		if (code >= 0xb8 && code < 0xc0 && is_wide)
			length += 4;
		if (code == 0xc2)
			length += 2;
		if (code == CALL_OPCODE)
			kind = INSTRUCTION_CALL;
		else if (code == 0xe9)
			kind = INSTRUCTION_JUMP;
		else if (code == 0xeb || (code & 0xf0) == 0x70 || (code & 0xfc) == 0xe0)
			kind = INSTRUCTION_SHORT_JUMP;
		else if (code == 0xff && (extension == 4 || extension == 5))
			kind = INSTRUCTION_INDIRECT_JUMP;
		else if (code == PADDING_OPCODE)
			kind = INSTRUCTION_PADDING;
	} else if (map == 1) {
		has_number = (code & 0xf0) == 0x80;
		has_modrm = !has_number && !in_opcodes(code, 0x00ff000000000b60, 0x0080000000000000, 0x0000070700000000,
						       0x000000000000ff00);
		has_byte = in_opcodes(code, 0, 0x000f000000000000, 0x0400101000000000, 0x0000000000000074);
		is_narrow = false;
		if (has_number)
			kind = INSTRUCTION_JUMP;
		else if (is_locked && ((code & 0xfe) == 0xb0 || code == 0xc7))
			kind = INSTRUCTION_SWAP;
	} else if (map < 4) {
		has_modrm = true;
		has_byte = map == 3;
	} else {
		return 0;
	}
	if (has_modrm) {
		__u8 mode = modrm >> 6, address = modrm & 7;

		length++;
		if (mode != 3 && address == 4)
			length++;
		if (mode == 1)
			length++;
		else if (mode == 2 || (mode == 0 && (address == 5 || (address == 4 && base == 5))))
			length += 4;
	}
	if (has_byte)
		length++;
	if (has_number)
		length += is_narrow ? 2 : 4;
	return length | INSTRUCTION_KIND(kind);
}

#endif
