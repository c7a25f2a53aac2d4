/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The first instructions. The kernel leaves argc, argv, envp and auxv at the stack pointer, which
 * it keeps aligned to 16; the C code wants that address and never returns.
 */
	.text
	.globl	_start
	.type	_start, %function
_start:
	mov	x29, #0
	mov	x30, #0
	mov	x0, sp
	bl	attach_start
	brk	#1
	.size	_start, . - _start
	.section .note.GNU-stack, "", %progbits
